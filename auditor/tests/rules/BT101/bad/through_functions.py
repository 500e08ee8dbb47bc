# file: shop/strings.py
import random
import string

def letters(n):
    return "".join(random.choice(string.ascii_letters) for _ in range(n))  # <- BT101
# file: shop/models.py
from django.db import models
from shop.strings import letters

class Invite(models.Model):
    text = models.CharField(max_length=40)

    def renew(self):
        self.reset_token = letters(20)
