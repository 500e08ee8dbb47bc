# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import path
from graphene_django.views import GraphQLView

urlpatterns = [
    path('graphql/', GraphQLView.as_view()),
]
# file: shop/schema.py
import graphene


class Query(graphene.ObjectType):
    def resolve_orders(self, info):
        user = info.context.user
        return Order.objects.filter(owner=user)
