# file: shop/views.py
from datetime import datetime, timedelta
from shop.models import User

def me(request):
    return User.objects.filter(user_id=request.COOKIES["userid"])[0]  # <- BT409

def admin(request):
    if request.COOKIES.get("admin") == "1":  # <- BT409
        return "welcome"

def login(request, response):
    username = request.POST["username"]
    expire = datetime.now() + timedelta(minutes=60)
    cookie = f"{username}|{expire}"
    response.set_cookie("login_state", cookie)  # <- BT409

def page(request):
    name, expire = request.COOKIES["login_state"].split("|")
