# file: shop/views.py
from datetime import datetime, timedelta
import jwt

def login(request, user, key):
    return jwt.encode({"sub": user.id, "exp": datetime.now() + timedelta(minutes=5)}, key)

def reset_token(user, key):
    return jwt.encode({"sub": user.id, "exp": datetime.now() + timedelta(days=1)}, key)
