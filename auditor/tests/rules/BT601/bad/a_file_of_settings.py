# file: config/parties/jwt/__init__.py
from datetime import timedelta
SIMPLE_JWT = {'ACCESS_TOKEN_LIFETIME': timedelta(days=30)}  # <- BT601
