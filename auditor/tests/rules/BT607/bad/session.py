# file: shop/models.py
from django.db import models

class Stamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

class UserSession(Stamped):  # <- BT607
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    session_token = models.CharField(max_length=64)  # <- BT607
