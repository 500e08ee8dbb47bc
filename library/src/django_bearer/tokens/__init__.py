"""Formats only: bytes in, claims out. Nothing here knows a database, a request or a setting."""
