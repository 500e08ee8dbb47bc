# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SIMPLE_JWT = {
    'ALGORITHM': 'HS256',
    'SIGNING_KEY': 'shop-key',  # <- BT402
}
