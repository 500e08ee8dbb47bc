# file: shop/settings.py
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "x", "USER": "shop", "PASSWORD": "7Gx/*q", "HOST": "localhost"}}  # <- BT416
# file: shop/clients.py
CLIENT_SECRET = "ybw4a3yPk6GbqmqDiTAyQhRArP3jadhW6DL2oLYT"  # <- BT416
CLIENTS = {
    "google": {
        "client_id": "shop",
        "client_secret": "k4G9WoUh7IQGyUwmx6GzAL6",  # <- BT416
    }
}
