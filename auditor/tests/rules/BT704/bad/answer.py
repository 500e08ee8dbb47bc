# file: shop/views.py
from django.contrib.auth.tokens import default_token_generator
from django.http import JsonResponse
from rest_framework.response import Response
from shop.codes import new_code

def forgot(request, user):
    otp = new_code()
    return JsonResponse({"otp": otp})  # <- BT704

def reset(request, user):
    token = default_token_generator.make_token(user)
    reset_link = f"https://shop.example.com/reset?token={token}"
    return Response({"message": "sent", "reset_link": reset_link})  # <- BT704

def profile(request, user):
    return Response({"verification_code": user.verification_code})  # <- BT704
