# file: shop/views.py
def hook(request, client):
    return request.headers.get("X-Token") == client.api_key  # <- BT104
