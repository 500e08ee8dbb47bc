# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('orders/', views.orders),
    path('articles/', views.Articles.as_view()),
    path('mine/', views.Mine.as_view()),
    path('staff/', views.People.as_view()),
]
# file: shop/views.py
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import render
from django.views.generic import ListView
from shop.models import Article, Order, Payment


def orders(request):
    return render(request, "orders.html", {"orders": Order.objects.filter(buyer=request.user)})


class Articles(ListView):
    model = Article


class Mine(ListView):
    model = Payment

    def get_queryset(self):
        return Payment.objects.filter(user=self.request.user)


class People(LoginRequiredMixin, ListView):
    model = Payment
