"""The doors: each parses, calls one verb and answers. No rule lives here that an adapter would have to repeat."""
