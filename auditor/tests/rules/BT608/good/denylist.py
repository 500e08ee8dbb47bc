# file: shop/views.py
from datetime import datetime, timedelta
import jwt

def login(request, user, key, jti):
    return jwt.encode({"sub": user.id, "jti": jti, "exp": datetime.now() + timedelta(days=1)}, key)
