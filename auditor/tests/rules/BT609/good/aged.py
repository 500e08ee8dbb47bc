# file: shop/views.py
def login(request, response, token, options):
    response.set_cookie("session_id", token, max_age=3600)
    response.set_cookie("session_id", token, **options)
    response.set_cookie("sessionid", request.session.session_key)
    response.set_cookie("session_id", "")
    response.set_cookie("session_hint", "yes")
