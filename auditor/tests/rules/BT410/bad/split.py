# file: shop/auth.py
import base64
import json

def payload(token):
    body = token.split(".")[1]  # <- BT410
    return json.loads(base64.urlsafe_b64decode(body + "=="))
