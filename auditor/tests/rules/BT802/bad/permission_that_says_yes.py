# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from shop import views

router = DefaultRouter()
router.register("rooms", views.Rooms)
router.register("lockers", views.Lockers)
router.register("members", views.Members)
urlpatterns = [path("", include(router.urls))]
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework.permissions import BasePermission
from rest_framework.viewsets import ModelViewSet
from shop.models import Locker, Room
from shop.serializers import Any


class Ours(BasePermission):
    def has_permission(self, request, view):  # <- BT802
        print(request.user, view)
        return True


class Base(ModelViewSet):
    permission_classes = [Ours]
    serializer_class = Any


class Rooms(Base):
    queryset = Room.objects.all()


class Lockers(Base):
    queryset = Locker.objects.all()


class Members(Base):  # <- BT802
    queryset = User.objects.all()
