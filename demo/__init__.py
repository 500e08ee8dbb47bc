"""A small real project that uses django-bearer: a notes API, over HTTPS, with DEBUG off."""
