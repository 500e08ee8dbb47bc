# file: shop/consumers.py
from channels.generic.websocket import AsyncWebsocketConsumer


class FeedConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        query = self.scope["query_string"].decode()
        self.page = query.removeprefix("page=")
        self.user = self.scope["user"]
