# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'rest_framework_simplejwt']
SIMPLE_JWT = {'ROTATE_REFRESH_TOKENS': True, 'BLACKLIST_AFTER_ROTATION': True}  # <- BT603
