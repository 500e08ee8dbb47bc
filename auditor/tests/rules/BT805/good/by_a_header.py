# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.sessions", "shop"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("note/", views.note)]
# file: shop/views.py
import hmac
import os

from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from shop.models import Note


@csrf_exempt
def note(request):
    if not hmac.compare_digest(request.headers.get("X-Key", ""), os.environ["KEY"]):
        return JsonResponse({}, status=401)
    Note.objects.create(member_id=request.session.get("member"))
    return JsonResponse({})
