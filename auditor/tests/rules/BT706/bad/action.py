# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from shop import views

router = DefaultRouter()
router.register("members", views.Members)
urlpatterns = [path("", include(router.urls))]
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet
from shop.serializers import MemberSerializer


class Members(ModelViewSet):
    queryset = User.objects.all()
    serializer_class = MemberSerializer
    permission_classes = [IsAuthenticated]

    @action(detail=True, methods=["post"])
    def word(self, request, pk=None):
        member = self.get_object()
        member.set_password(request.data["word"])  # <- BT706
        member.save()
        return Response()
