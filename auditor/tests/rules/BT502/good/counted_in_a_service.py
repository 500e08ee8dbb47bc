# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'ninja']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop.api import api

urlpatterns = [path('api/', api.urls)]
# file: shop/api.py
from ninja import NinjaAPI
from shop.codes import Codes

api = NinjaAPI()
codes = Codes()


@api.post('/request-otp')
def request_otp(request, phone: str):
    codes.send(phone)
    return {'ok': True}


@api.post('/verify-otp')
def verify_otp(request, phone: str, code: str):
    return {'ok': codes.verify(phone, code)}
# file: shop/codes.py
from django.core.cache import cache
from shop.models import OneTimeCode


class Codes:
    def _check_limits(self, phone):
        if cache.get(f'otp:{phone}'):
            raise ValueError('wait')
        cache.set(f'otp:{phone}', 1, 45)

    def send(self, phone):
        self._check_limits(phone)
        OneTimeCode.objects.create(phone=phone)

    def verify(self, phone, code):
        found = OneTimeCode.objects.filter(phone=phone).latest('created_at')
        found.attempts += 1
        found.save(update_fields=['attempts'])
        return found.attempts < 5 and found.code == code
