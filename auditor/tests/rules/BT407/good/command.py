# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/management/commands/first.py
import os

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, *args, **options):
        User.objects.create_superuser("admin", password=os.environ["ADMIN_PASSWORD"])
        for each in [{"name": "Berlin", "password": None}]:
            print(each)
# file: shop/tests/test_views.py
from django.contrib.auth.models import User


def test_it():
    User.objects.create_superuser("admin", "a@example.com", "admin1234")
