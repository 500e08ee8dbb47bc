# file: shop/views.py
def login(request):
    response = answer()
    response.set_cookie("access_token", tokens["access"], httponly=True, secure=True, samesite="Lax")
    response.set_cookie("language", request.POST["language"])
    response.set_cookie("csrftoken", get_token(request))
    response.set_cookie("has_token", "1")
    return response
