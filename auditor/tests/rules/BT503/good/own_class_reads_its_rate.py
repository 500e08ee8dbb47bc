# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {
    'DEFAULT_THROTTLE_CLASSES': ['shop.throttles.Windows'],
    'DEFAULT_THROTTLE_RATES': {'anon': '100/day;10/hour'},
}
# file: shop/throttles.py
from rest_framework.throttling import AnonRateThrottle


class Windows(AnonRateThrottle):
    def parse_rate(self, rate):
        return (1, 60)
