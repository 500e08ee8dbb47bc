# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/consumers.py
from channels.generic.websocket import AsyncWebsocketConsumer


class News(AsyncWebsocketConsumer):
    async def connect(self):
        self.number = self.scope["url_route"]["kwargs"]["pk"]
        if self.scope["user"].id != self.number:  # <- BT811
            await self.close()
        await self.channel_layer.group_add(f"news_{self.number}", self.channel_name)
        await self.accept()
