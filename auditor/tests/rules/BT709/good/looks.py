# file: shop/decorators.py
from django.contrib.auth import authenticate

def staff_authenticate(function):
    def wrap(request, *args, **kwargs):
        user = authenticate(session_token=request.POST.get("_token"))
        if user is None or not user.is_staff:
            return None
        return function(request, *args, **kwargs)
    return wrap

def user_authenticate(function):
    def wrap(request, *args, **kwargs):
        return function(request, authenticate(token=request.POST["token"]))
    return wrap

def admin_login(request):
    return authenticate(request, username="a", password="b")
