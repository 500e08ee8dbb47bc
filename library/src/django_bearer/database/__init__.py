"""Reads and writes below the public functions. Everything goes to the alias that writes sessions."""
