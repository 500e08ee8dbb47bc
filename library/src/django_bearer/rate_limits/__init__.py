"""Throttling: what is counted where, and who is let through. Address and account come in as arguments."""
