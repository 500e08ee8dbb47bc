# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('contact/', views.contact),
    path('office/', views.office),
    path('tell/', views.tell),
    path('known/', views.known),
]
# file: shop/views.py
from django.core.mail import EmailMessage, send_mail
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response


@api_view(["POST"])
@permission_classes([AllowAny])
def contact(request):
    send_mail(request.data["subject"], request.data["text"], request.data["from"], ["office@example.com"])
    return Response()


@api_view(["POST"])
@permission_classes([AllowAny])
def office(request):
    letter = EmailMessage(request.data["subject"], request.data["text"], to=["office@example.com"])
    letter.send()
    return Response()


@api_view(["POST"])
@permission_classes([AllowAny])
def tell(request):
    send_mail("Welcome", "Thank you for your interest.", None, [request.data["address"]])
    return Response()


@api_view(["POST"])
@permission_classes([IsAuthenticated])
def known(request):
    send_mail(request.data["subject"], request.data["text"], None, [request.data["friend"]])
    return Response()
