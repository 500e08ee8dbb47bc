# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "axes", "shop"]
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = ["axes.middleware.AxesMiddleware"]
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('code/', views.code),
]
# file: shop/views.py
from django.contrib.auth import login
from django.http import HttpResponse
from shop.models import Member


def code(request):  # <- BT502
    member = Member.objects.get(phone=request.POST["phone"])
    if member.otp == request.POST["otp"]:
        login(request, member)
    return HttpResponse()
