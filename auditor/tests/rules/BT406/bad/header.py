# file: shop/auth.py
import jwt
import requests

def user_of(token):
    header = jwt.get_unverified_header(token)
    key = requests.get(header["jku"]).json()  # <- BT406
    other = jwt.get_unverified_header(token).get("jwk")  # <- BT406
    return jwt.decode(token, key or other, algorithms=["RS256"])
