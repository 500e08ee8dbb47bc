"""Endpoints that answer as those of other packages do, for clients that cannot be changed at once."""
