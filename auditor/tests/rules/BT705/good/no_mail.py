# file: shop/settings.py
INSTALLED_APPS = []
ALLOWED_HOSTS = ["*"]
# file: shop/views.py
def page(request, token):
    return f"https://{request.get_host()}/{token}"
