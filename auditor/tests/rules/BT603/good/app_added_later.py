# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'rest_framework_simplejwt']
INSTALLED_APPS += ['rest_framework_simplejwt.token_blacklist']
SIMPLE_JWT = dict(ROTATE_REFRESH_TOKENS=True)
SIMPLE_JWT.update({'BLACKLIST_AFTER_ROTATION': True})
