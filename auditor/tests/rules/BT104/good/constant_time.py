# file: shop/views.py
from django.utils.crypto import constant_time_compare

def hook(request, client):
    if request.POST["kind"] == client.token_type:
        return constant_time_compare(request.headers.get("X-Token"), client.api_key)
