# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
EMAIL_HOST = "smtp.gmail.com"
EMAIL_HOST_PASSWORD = "ktqz wjxa pdlm ruvb"  # <- BT416
PAYPAL_CLIENT_SECRET = "EGx7u2Tq9vLk3mWz8RbY1nPc"  # <- BT416
