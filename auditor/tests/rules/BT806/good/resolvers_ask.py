# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views
from graphene_django.views import GraphQLView

urlpatterns = [
    path('graphql/', GraphQLView.as_view()),
]
# file: shop/schema.py
import graphene


class Query(graphene.ObjectType):
    def resolve_orders(self, info):
        if not info.context.user.is_authenticated:
            raise ValueError('no')
