# file: shop/views.py
import hashlib

def check(request):
    password = request.POST["password"]
    return hashlib.sha256(password.encode()).hexdigest()  # <- BT713
# file: shop/salted.py
import hashlib

def salted(salt, user_password):
    return hashlib.md5((salt + user_password).encode()).hexdigest()  # <- BT713
