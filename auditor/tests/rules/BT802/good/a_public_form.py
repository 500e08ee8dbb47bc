# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('comments/', views.comment),
]
# file: shop/views.py
from shop.models import Comment


def comment(request):
    Comment.objects.create(text=request.POST['text'])
