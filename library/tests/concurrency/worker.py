"""Importing this makes a bare process one that has Django, set up as the test project."""

import django
from django.test.utils import setup_test_environment

django.setup()
setup_test_environment()
