"""The detecting wing: finds broken bearer authentication in a Django project without running it."""
