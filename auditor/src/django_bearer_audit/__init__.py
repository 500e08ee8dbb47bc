"""Finds broken bearer-token authentication in a Django project without running it."""

__version__ = "0.2.0"
