# file: shop/management/commands/first.py
import os

from django.contrib.auth.models import User
from django.core.management import BaseCommand


class Command(BaseCommand):
    def handle(self, *args, **options):
        user = User.objects.create(username="first")
        user.set_password(os.environ["FIRST_PASSWORD"])
        user.is_superuser = True
        user.save()
