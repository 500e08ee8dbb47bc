# file: shop/views.py
def login(request):
    response = answer()
    response.set_cookie("access_token", tokens["access"], httponly=True)  # <- BT204
    response.set_cookie("refresh", str(refresh), httponly=True, secure=False)  # <- BT204
    return response
