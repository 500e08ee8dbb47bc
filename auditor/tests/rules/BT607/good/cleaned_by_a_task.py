# file: shop/models.py
from django.db import models

class UserSession(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    session_token = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
# file: shop/tasks.py
from celery import shared_task
from shop.models import UserSession

@shared_task
def forget_old(limit):
    UserSession.objects.filter(created_at__lt=limit).delete()
