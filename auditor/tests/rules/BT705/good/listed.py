# file: shop/settings.py
INSTALLED_APPS = []
ALLOWED_HOSTS = ["shop.example.com"]
# file: shop/views.py
def forgot_password(request, user, token):
    link = f"https://{request.get_host()}/reset/{token}"
    user.email_user("Reset", link)
