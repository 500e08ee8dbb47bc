# file: shop/consumers.py
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer


class LoggedIn:
    async def connect(self):
        if self.scope["user"].is_anonymous:
            await self.close()
        else:
            await self.accept()


class Room(LoggedIn, AsyncJsonWebsocketConsumer):
    async def receive_json(self, content):
        await self.send_json(content)


class News(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send("news")
