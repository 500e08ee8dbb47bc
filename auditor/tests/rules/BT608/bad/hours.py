# file: shop/views.py
import datetime
import jwt

def login(request, user, key):
    payload = {"sub": user.id, "exp": datetime.datetime.utcnow() + datetime.timedelta(hours=6)}
    return jwt.encode(payload, key, algorithm="HS256")  # <- BT608
