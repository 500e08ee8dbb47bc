# file: shop/tokens.py
import hashlib
import time
import uuid
from django.db import models

def reset_token(user):
    return hashlib.sha256(f"{user.email}{user.pk}".encode()).hexdigest()  # <- BT102

def start(user, response):
    token = hashlib.md5(str(time.time()).encode()).hexdigest()  # <- BT102
    user.save(token=token)

class Device(models.Model):
    api_key = models.UUIDField(default=uuid.uuid1)  # <- BT102
    secret = str(uuid.uuid1())  # <- BT102
