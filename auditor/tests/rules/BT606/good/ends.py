# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "rest_framework_simplejwt.token_blacklist"]
# file: shop/views.py
from rest_framework_simplejwt.tokens import RefreshToken

def change_password(request):
    request.user.set_password(request.data["new"])
    request.user.save()
    OutstandingToken.objects.filter(user=request.user).delete()

def register(request):
    user = User(name=request.data["name"])
    user.set_password(request.data["password"])

def set_password(request):
    request.user.set_password(request.data["new_password"])
    request.user.auth_token = None
    request.user.save()
