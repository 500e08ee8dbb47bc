# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import include, path
from rest_framework.routers import SimpleRouter
from shop.views import PeopleViews, create_contact_request

router = SimpleRouter()
router.register('people', PeopleViews)
urlpatterns = [path('', include(router.urls)), path('ask/', create_contact_request)]
# file: shop/views.py
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet
from shop.models import Contact, Person
from shop.serializers import JoinSerializer, PersonSerializer


class PeopleViews(ModelViewSet):
    queryset = Person.objects.all()

    def get_serializer_class(self):
        return JoinSerializer if self.action == 'create' else PersonSerializer

    def get_permissions(self):
        if self.action == 'create':
            return [AllowAny()]
        return [IsAuthenticated()]


@api_view(['POST'])
@permission_classes([AllowAny])
def create_contact_request(request):
    Contact.objects.create(text=request.data['text'])
    return Response()
# file: shop/serializers.py
from django.contrib.auth import get_user_model
from rest_framework import serializers


class PersonSerializer(serializers.ModelSerializer):
    pass


class JoinSerializer(serializers.ModelSerializer):
    def create(self, validated_data):
        return get_user_model().objects.create_user(**validated_data)
