"""Moves a project to django-bearer: accepts what its old package issued, until a date."""

__version__ = "0.2.0"
