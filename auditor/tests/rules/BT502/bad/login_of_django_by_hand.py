# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('login/', views.Enter.as_view()),
]
# file: shop/views.py
from django.contrib.auth import authenticate, login
from django.contrib.auth.views import LoginView
from django.shortcuts import redirect, render


class Enter(LoginView):
    def post(self, request):  # <- BT502
        user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
        if user is None:
            return render(request, "enter.html")
        login(request, user)
        return redirect("/")
