# file: shop/views.py
from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from rest_framework.response import Response
from shop.codes import new_code, send

def forgot(request, user):
    otp = new_code()
    otp_sent = send(otp)
    if settings.DEBUG:
        return JsonResponse({"otp": otp})
    return JsonResponse({"otp_sent": otp_sent, "otp_expires": 5, "otp": "sent to your phone"})

def confirm(request, reset_token):
    code = request.POST["verification_code"]
    return render(request, "confirm.html", {"reset_token": reset_token, "verification_code": code})

def login(request, tokens):
    return Response({"access_token": tokens.access, "token": tokens.token})

def setup(request, device):
    return Response({"totp_secret": device.totp_secret, "recovery_codes": device.recovery_codes})
