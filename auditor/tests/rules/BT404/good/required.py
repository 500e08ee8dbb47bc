# file: shop/settings.py
INSTALLED_APPS = []
SIMPLE_JWT = {"AUDIENCE": "https://api.example.com", "ISSUER": "https://example.com"}
# file: shop/auth.py
import jwt

def user_of(token, key, options):
    jwt.decode(token, key, ["ES256"], options)
    jwt.decode(token, key, **options)
    return jwt.decode(
        token, key, algorithms=["ES256"], audience="shop", issuer="us", options={"require": ["exp", "aud"]}
    )

def refresh(token, key):
    return jwt.decode(
        token, key, algorithms=["ES256"], audience="shop", issuer="us",
        options={"verify_exp": False, "require": ["exp"]},
    )
