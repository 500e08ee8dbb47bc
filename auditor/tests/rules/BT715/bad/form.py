# file: shop/settings.py
INSTALLED_APPS = []
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.word), path("b/", views.asked)]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpResponse


@login_required
def word(request):
    form = SetPasswordForm(request.user, request.POST)
    if form.is_valid():
        form.save()  # <- BT715
    return HttpResponse()


@login_required
def asked(request):
    form = PasswordChangeForm(request.user, request.POST)
    if form.is_valid():
        form.save()
    return HttpResponse()
