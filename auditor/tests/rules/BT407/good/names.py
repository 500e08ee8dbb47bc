# file: shop/views.py
def fields(request, field, password, settings):
    if field == "password" or request.POST["grant_type"] == "password":
        return 1
    if request.POST["password"] == "" or request.POST["password"] == "********":
        return 2
    if settings.ADMIN_PASSWORD == "changeme":
        raise ValueError
    if request.POST["password"] == request.POST["password2"] or request.GET["token_type"] == "Bearer":
        return 3
    if password == "hunter2":
        return 4
    return request.POST["password"] == "password"
