# file: shop/views.py
def login(request, user, form):
    old = user.password
    user.refresh_from_db()
    if user.password == old or form.password == request.POST["password"]:
        return None
    return user.check_password(request.POST["password"])
