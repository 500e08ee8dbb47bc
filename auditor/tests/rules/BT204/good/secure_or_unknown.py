# file: shop/views.py
from django.conf import settings


def login(request):
    response = answer()
    response.set_cookie("access_token", tokens["access"], httponly=True, secure=True)
    response.set_cookie("refresh_token", refresh, httponly=True, secure=settings.SOMETHING_UNSEEN)
    response.set_cookie("refresh_token", refresh, **settings.COOKIE_OPTIONS)
    response.set_cookie("theme", "dark")
    response.set_cookie("csrftoken", token)
    return response
