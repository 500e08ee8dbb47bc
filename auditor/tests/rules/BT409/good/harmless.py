# file: shop/views.py
from django.core import signing
from shop.models import Session, Theme

def me(request, response):
    theme = Theme.objects.get(name=request.COOKIES.get("theme"))
    session = Session.objects.get(session_token=request.COOKIES["session"], user=request.COOKIES["user"])
    language = request.COOKIES.get("language") == "de"
    missing = request.COOKIES.get("auth") is None or request.COOKIES.get("auth") == None
    user = request.get_signed_cookie("user")
    response.set_cookie("last_email", request.user.email)
    response.set_cookie("who", f"{request.user.pk}:{signing.dumps(request.user.pk)}")
    return request.COOKIES.get("who"), theme, session, language, missing, user
