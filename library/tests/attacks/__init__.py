"""Attacks, each as somebody outside would run it, and what should hold against it."""
