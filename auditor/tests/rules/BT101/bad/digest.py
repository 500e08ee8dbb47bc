# file: shop/sessions.py
import hashlib
import random
import time
from shop.models import UserSession

def start(user):
    digest = hashlib.md5()
    digest.update((str(random.randint(0, 10**9)) + str(time.time())).encode())  # <- BT101
    token = digest.hexdigest()
    UserSession(user=user, session_token=token).save()
    return token
# file: shop/defaults.py
from random import getrandbits
from django.db import models

class Client(models.Model):
    api_key = models.CharField(max_length=40, default=lambda: hex(getrandbits(64)))  # <- BT101
