# file: shop/tokens.py
from jose import jwt as tokens

def read(token):
    key = "hard" + "coded"
    return tokens.decode(token, key, algorithms=["HS256"])  # <- BT402
