# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "knox"]
# file: shop/views.py
from knox.models import AuthToken


def change_password(request):
    request.user.set_password(request.data["new"])
    request.user.save()
    AuthToken.objects.filter(user=request.user).delete()


def reset_password(request, user):
    user.set_password(request.data["new"])
    user.save()
    user.auth_token.delete()
