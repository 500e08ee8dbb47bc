# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/consumers.py
from channels.generic.websocket import AsyncWebsocketConsumer


class Chat(AsyncWebsocketConsumer):
    async def connect(self):  # <- BT811
        self.user = int(self.scope["url_route"]["kwargs"]["pk"])
        await self.channel_layer.group_add(f"chat_{self.user}", self.channel_name)
        await self.accept()
