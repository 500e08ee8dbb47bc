# file: shop/views.py
import requests


def contact(request):
    data = request.data
    address = data["url"]
    return requests.get(  # <- BT208
        address,
        headers={"Authorization": request.META.get("HTTP_AUTHORIZATION")},
    )
