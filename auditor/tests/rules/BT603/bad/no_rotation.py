# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'rest_framework_simplejwt']
SIMPLE_JWT = {'ALGORITHM': 'ES256'}  # <- BT603
