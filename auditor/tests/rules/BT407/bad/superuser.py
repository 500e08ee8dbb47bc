# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/setup.py
from django.contrib.auth import get_user_model

WORD = "Sommer2024"


def first():
    get_user_model().objects.create_superuser("root", "root@example.com", WORD)  # <- BT407
