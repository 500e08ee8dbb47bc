"""Commands for those who run the server: `manage.py bearer_…`."""
