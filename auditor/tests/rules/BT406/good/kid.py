# file: shop/auth.py
import jwt

def user_of(token, keys, config):
    header = jwt.get_unverified_header(token)
    config["jwk"] = 1
    return jwt.decode(token, keys[header["kid"]], algorithms=["RS256"])
