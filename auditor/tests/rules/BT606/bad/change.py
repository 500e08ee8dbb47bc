# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "rest_framework_simplejwt.token_blacklist"]
# file: shop/views.py
from rest_framework_simplejwt.tokens import RefreshToken

def change_password(request):
    user = request.user
    if not user.check_password(request.data["old"]):
        return None
    user.set_password(request.data["new"])  # <- BT606
    user.save()

def reset_password(request, user):
    user.set_password(request.data["new_password"])  # <- BT606
    user.reset_token = None
    user.save()
