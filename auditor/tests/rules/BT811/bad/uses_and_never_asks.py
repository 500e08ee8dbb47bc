# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
AUTH_USER_MODEL = "shop.User"
# file: shop/models.py
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    email = models.EmailField(unique=True)


class Note(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/consumers.py
import json

from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from shop.models import Note


class Chat(WebsocketConsumer):
    def connect(self):  # <- BT811
        self.room = self.scope["url_route"]["kwargs"]["room"]
        self.accept()

    def receive(self, text_data):
        getattr(self, json.loads(text_data)["command"])(json.loads(text_data))

    def new_message(self, data):
        Note.objects.create(owner=self.scope["user"], text=data["text"])

    def fetch_messages(self, data):
        rows = Note.objects.filter(owner=self.scope["user"])
        self.send(json.dumps([row.text for row in rows]))
