# file: shop/views.py
def login_view(request, user):
    if user.check_password(request.POST["password"]):
        request.session.cycle_key()
        request.session["user_id"] = user.pk

def login_page(request):
    request.session["next"] = request.GET["next"]
    password_hint = "password"

def impersonate(request, user):
    request.session["user_id"] = user.pk
