# file: shop/tokens.py
import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta
from django.conf import settings

def token(user, salt):
    signed_token = hmac.new(settings.SECRET_KEY.encode(), user.email.encode(), "sha256").hexdigest()
    salted_token = hashlib.sha256((settings.SECRET_KEY + user.email).encode()).hexdigest()
    given_token = hashlib.sha256(f"{user.pk}{salt}".encode()).hexdigest()
    fresh_token = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
    return str(uuid.uuid4())

def remember(user, raw):
    token_hash = hashlib.sha256(raw.encode()).hexdigest()
    token_expires_at = datetime.now() + timedelta(hours=1)
    otp_sent_at = datetime.now()
    cache_key = hashlib.md5(f"token:{user.pk}".encode()).hexdigest()
    gravatar = hashlib.md5(user.email.encode()).hexdigest()
    etag = hashlib.md5(str(user.pk).encode()).hexdigest()
    otp_key = f"otp:{user.pk}"
    return cache_key
