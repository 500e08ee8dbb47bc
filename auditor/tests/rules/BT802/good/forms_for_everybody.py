# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('ask/', views.Ask.as_view()),
    path('cart/', views.add),
]
# file: shop/views.py
from django.http import JsonResponse
from django.views.generic import CreateView
from shop.models import Dish, Question


class Ask(CreateView):
    model = Question
    fields = ["text"]


def add(request):
    dish = Dish.objects.get(pk=request.POST["dish"])
    request.session["cart"] = [*request.session.get("cart", []), dish.pk]
    return JsonResponse({})
