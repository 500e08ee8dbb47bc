# file: pyproject.toml
[build-system]
requires = ["hatchling"]
# file: lib/settings.py
INSTALLED_APPS = ["django.contrib.auth", "lib"]
ROOT_URLCONF = "lib.urls"
# file: lib/urls.py
urlpatterns = []
