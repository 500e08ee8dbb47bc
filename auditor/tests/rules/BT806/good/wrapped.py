# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views
from django.contrib.auth.decorators import login_required
from graphene_django.views import GraphQLView

urlpatterns = [
    path('graphql/', login_required(GraphQLView.as_view())),
]
