# file: shop/decorators.py
from django.contrib.auth import authenticate

def staff_authenticate(function):
    def wrap(request, *args, **kwargs):
        user = authenticate(session_token=request.POST.get("_stafftoken"))  # <- BT709
        if user is None:
            return None
        request.user = user
        return function(request, *args, **kwargs)
    return wrap
