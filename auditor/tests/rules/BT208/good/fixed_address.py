# file: shop/views.py
import requests

SERVICE = "https://orders.internal"


def orders(request, number):
    return requests.get(
        f"{SERVICE}/orders/{request.data['id']}",
        headers={"Authorization": request.META.get("HTTP_AUTHORIZATION")},
    )


def hook(request):
    return requests.post(request.data["url"], json={}, headers={"Authorization": OWN})
