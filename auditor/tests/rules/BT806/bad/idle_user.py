# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from graphene_django.views import GraphQLView

urlpatterns = [
    path('graphql/', csrf_exempt(GraphQLView.as_view(graphiql=True))),  # <- BT806
]
# file: shop/schema.py
import graphene


class Query(graphene.ObjectType):
    def resolve_orders(self, info):
        user = info.context.user
        # if user.is_anonymous: raise ValueError('no')
        return Order.objects.all()
