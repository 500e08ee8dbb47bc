# file: shop/consumers.py
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer


class Room(AsyncJsonWebsocketConsumer):
    async def connect(self):  # <- BT811
        self.room = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()


class Orders(WebsocketConsumer):  # <- BT811
    def receive(self, text_data):  # <- BT811
        self.send(text_data)  # <- BT811
