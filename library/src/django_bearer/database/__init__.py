"""Reads and writes that are not verbs. Everything goes to the alias that writes sessions."""
