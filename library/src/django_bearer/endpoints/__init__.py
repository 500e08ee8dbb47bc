"""The endpoints: each parses, calls one function and answers. No rule is here that an integration would repeat."""
