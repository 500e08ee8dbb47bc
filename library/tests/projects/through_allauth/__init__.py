"""A project whose logins go through django-allauth. Its tests run in a process of their own."""
