# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('forgot/', views.Forgot.as_view()),
]
# file: shop/views.py
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from rest_framework.response import Response
from rest_framework.views import APIView


class Forgot(APIView):
    permission_classes = []

    def post(self, request):
        user = User.objects.filter(email=request.data["email"]).first()
        if not user:
            return Response({"error": "This address is unknown."}, status=400)  # <- BT507
        user.email_user("Your link", default_token_generator.make_token(user))
        return Response({"detail": "A mail is on its way."})
