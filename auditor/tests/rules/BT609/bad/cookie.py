# file: shop/views.py
import uuid
from shop.models import Session

def login(request, response):
    token = str(uuid.uuid4())
    Session.objects.create(session_id=token)
    response.set_cookie("session_id", token)  # <- BT609
