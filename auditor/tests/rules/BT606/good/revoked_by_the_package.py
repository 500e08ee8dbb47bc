# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "rest_framework_simplejwt"]
SIMPLE_JWT = {"CHECK_REVOKE_TOKEN": True}
# file: shop/views.py
def change_password(request):
    request.user.set_password(request.data["new"])
