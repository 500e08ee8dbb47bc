# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('enter/', views.Enter.as_view()),
]
# file: shop/views.py
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core.signing import TimestampSigner
from django.http import HttpResponse
from django.views import View


class Enter(View):
    def opened(self, word):
        return TimestampSigner().unsign(word)  # <- BT614

    def get(self, request):
        login(request, User.objects.get(pk=self.opened(request.GET["who"])))
        return HttpResponse()
