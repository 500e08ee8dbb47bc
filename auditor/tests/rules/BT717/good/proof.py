# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('off/', views.off),
    path('hint/', views.hint),
    path('again/', views.Again.as_view()),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.views import View
from shop.mixins import RecentAuthenticationRequiredMixin


@login_required
def off(request):
    if not request.user.check_password(request.POST["password"]):
        raise PermissionDenied
    request.user.two_factor_enabled = False
    request.user.save()
    return HttpResponse()


@login_required
def hint(request):
    request.user.show_tour = False
    request.user.save()
    return HttpResponse()


class Again(RecentAuthenticationRequiredMixin, View):
    def post(self, request):
        request.user.two_factor_enabled = False
        request.user.save()
        return HttpResponse()
