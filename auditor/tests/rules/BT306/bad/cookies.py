# file: shop/views.py
import jwt


def login(request):
    response = answer()
    made = jwt.encode({"sub": 1}, KEY, algorithm="HS256")
    response.set_cookie("who", made)  # <- BT306
    response.set_cookie(key="access_token", value=tokens["access"], secure=True)  # <- BT306
    response.set_cookie("uid", user.pk, httponly=False)  # <- BT306
    return response


def me(request):
    return User.objects.get(pk=request.COOKIES["uid"])
