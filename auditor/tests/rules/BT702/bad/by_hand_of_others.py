# file: shop/models.py
from django.db import models


class ResetCode(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)

    def give_new_password(self, password):
        self.user.set_password(password)  # <- BT702
        self.user.save()
# file: shop/views.py
from rest_framework.views import APIView
from shop.models import ResetCode


class Reset(APIView):
    def post(self, request):
        row = ResetCode.objects.get(code=request.data["code"])
        row.give_new_password(request.data["new_password"])
