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
    def connect(self):
        self.enter()

    def enter(self):
        if self.scope["user"].is_anonymous:
            self.close()
            return
        self.accept()

    def receive(self, text_data):
        Note.objects.create(owner=self.scope["user"], text=text_data)


class Notes(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()

    async def receive(self, text_data):
        if not self.may():
            await self.close()
            return
        await Note.objects.acreate(owner=self.scope["user"], text=text_data)

    def may(self):
        return self.scope["user"].is_authenticated
