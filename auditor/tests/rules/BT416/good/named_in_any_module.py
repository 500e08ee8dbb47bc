# file: shop/settings.py
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "x", "USER": "shop", "PASSWORD": "postgres", "HOST": "db"}}
# file: shop/local.py
DATABASES = {"default": {"ENGINE": "x", "USER": "shop", "PASSWORD": "shop", "HOST": "localhost"}}
# file: shop/clients.py
import os

CLIENT_SECRET = os.environ["CLIENT_SECRET"]
OTHER = {"client_secret": "your-client-secret", "api_secret": os.environ.get("API_SECRET", "")}
# file: shop/tests/test_clients.py
CLIENT_SECRET = "ybw4a3yPk6GbqmqDiTAyQhRArP3jadhW6DL2oLYT"
