# file: shop/pay.py
import requests


def pay(amount):
    headers = {"Authorization": f"Bearer {KEY}"}
    requests.post("https://pay.internal", headers=headers, verify="/etc/ssl/internal.pem")
    requests.get("https://status.internal", verify=False)
