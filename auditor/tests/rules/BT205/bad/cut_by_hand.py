# file: shop/consumers.py
from channels.generic.websocket import AsyncWebsocketConsumer
from rest_framework_simplejwt.tokens import AccessToken


class FeedConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        query = self.scope["query_string"].decode()
        if query.startswith("token="):  # <- BT205
            self.user_id = AccessToken(query.replace("token=", ""))["user_id"]
            await self.accept()
