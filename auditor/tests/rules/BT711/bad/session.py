# file: shop/views.py
def login_view(request, user):
    if user.check_password(request.POST["password"]):
        request.session["user_id"] = user.pk  # <- BT711
