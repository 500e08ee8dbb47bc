# file: shop/settings.py
INSTALLED_APPS = []
ALLOWED_HOSTS = ["*"]
# file: shop/views.py
def forgot_password(request, user, token):
    link = f"https://{request.get_host()}/reset/{token}"  # <- BT705
    user.email_user("Reset", link)
