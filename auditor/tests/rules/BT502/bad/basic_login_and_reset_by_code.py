# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework', 'knox']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware', 'shop.middleware.OneAtATime']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from rest_framework.routers import SimpleRouter
from shop import views

router = SimpleRouter()
router.register('account', views.AccountViews, basename='account')
urlpatterns = [
    path('login/', views.LoginView.as_view()),
    path('forget/verify/', views.ForgetPasswordVerifyView.as_view()),
    path('', include(router.urls)),
]
# file: shop/middleware.py
from django.http import HttpResponseForbidden


class OneAtATime:
    """Ends the older of two sessions; anonymous callers pass."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            if request.user.last_session != request.session.session_key:
                return HttpResponseForbidden('logged in elsewhere')
        return self.get_response(request)
# file: shop/serializers.py
from rest_framework import serializers


class ConfirmPhone(serializers.Serializer):
    phone = serializers.CharField()
    otp = serializers.CharField()
# file: shop/views.py
from knox.models import AuthToken
from rest_framework.authentication import BasicAuthentication
from rest_framework.decorators import action
from rest_framework.generics import UpdateAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet
from shop.models import ForgetRecord
from shop.serializers import ConfirmPhone


class LoginView(APIView):
    authentication_classes = (BasicAuthentication,)
    permission_classes = (IsAuthenticated,)

    def post(self, request):  # <- BT502
        return Response({'token': AuthToken.objects.create(request.user)[1]})


class ForgetPasswordVerifyView(UpdateAPIView):
    permission_classes = (AllowAny,)

    def get_object(self):
        return ForgetRecord.objects.get(user__username=self.request.data['username'], code=self.request.data['code'])

    def patch(self, request, *args, **kwargs):  # <- BT502
        return super().update(request, *args, **kwargs)


class AccountViews(GenericViewSet):
    permission_classes = (AllowAny,)

    @action(methods=['POST'], detail=False)
    def initiate_password_reset(self, request):  # <- BT502
        send_code(request.data['phone'])
        return Response()

    @action(methods=['POST'], detail=False, serializer_class=ConfirmPhone)
    def confirm_account(self, request):  # <- BT502
        serializer = ConfirmPhone(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response()
