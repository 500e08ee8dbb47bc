import random

import requests
from django.conf import settings
from django.contrib.auth.models import User
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken

from notes.models import ApiKey, Note


@api_view(["POST"])
def login(request):  # row 5 <- BT502
    user = User.objects.get(username=request.data["username"])
    if not user.check_password(request.data["password"]):
        return Response(status=400)
    refresh = RefreshToken.for_user(user)
    response = Response({"ok": True})
    response.set_cookie("refresh_token", str(refresh))  # row 3 <- BT306
    response.set_cookie("access_token", str(refresh.access_token), httponly=True, samesite="None")  # <- BT308
    return response


@api_view(["POST"])
def register(request):
    user = User.objects.create_user(request.data["username"], password=request.data["password"])  # row 7 <- BT702
    mail(f"{settings.FRONT}/verify?email_token={user.profile.email_token}&id={user.pk}")  # row 2 <- BT207
    return Response(status=201)


@api_view(["POST"])
def verify_email(request):
    user = User.objects.get(profile__email_token=request.data["token"], pk=request.data["id"])
    if user.profile.email_token != request.data["token"]:
        return Response(status=400)
    return Response({"access": str(RefreshToken.for_user(user).access_token)})


@api_view(["POST"])
def new_key(request):
    token = "".join(random.choice("0123456789abcdef") for _ in range(32))  # row 1 <- BT101
    ApiKey.objects.create(owner=request.user, token=token)
    return Response({"token": token})


class NoteView(APIView):
    def get(self, request, pk):
        return Response({"text": Note.objects.get(pk=pk).text})

    def delete(self, request, pk):  # row 8 <- BT802
        Note.objects.filter(pk=pk).delete()
        return Response(status=204)


@api_view(["POST"])
def mirror(request):
    answer = requests.post(request.data["to"], headers={"Authorization": request.headers["Authorization"]})  # <- BT208
    requests.post("https://log.example", headers={"Authorization": settings.LOG_KEY}, verify=False)  # <- BT209
    return Response({"status": answer.status_code})


def mail(link):
    requests.post(settings.MAIL_SERVICE, json={"link": link}, timeout=5)
