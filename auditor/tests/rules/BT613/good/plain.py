# file: shop/settings.py
INSTALLED_APPS = []
SESSION_COOKIE_AGE = 1209600
# file: shop/views.py
from django.http import HttpResponse


def enter(request):
    answer = HttpResponse()
    answer.set_cookie("access_token", request.user.token, max_age=900)
    answer.set_cookie("theme", "dark", max_age=31536000)
    return answer
