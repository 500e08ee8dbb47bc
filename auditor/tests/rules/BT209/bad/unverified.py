# file: shop/pay.py
import requests


def pay(amount):
    headers = {"Authorization": f"Bearer {KEY}"}
    return requests.post("https://pay.internal", json=amount, headers=headers, verify=False)  # <- BT209
