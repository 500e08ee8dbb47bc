# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth"]
# file: shop/views.py
def change_password(request):
    request.user.set_password(request.data["new"])
