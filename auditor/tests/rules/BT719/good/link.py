# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('sign-up/', views.sign_up),
    path('forgot/', views.forgot),
]
# file: shop/views.py
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.http import HttpResponse


def sign_up(request):
    User.objects.create_user(request.POST["name"], request.POST["mail"], request.POST["password"])
    send_mail("Welcome", f"Hello {request.POST['name']}", None, [request.POST["mail"]])
    return HttpResponse()


def forgot(request):
    user = User.objects.get(email=request.POST["mail"])
    send_mail("Your link", f"/reset/{user.pk}/{default_token_generator.make_token(user)}/", None, [user.email])
    return HttpResponse()
