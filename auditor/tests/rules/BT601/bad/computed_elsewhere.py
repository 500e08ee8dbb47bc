# file: shop/settings.py
from .durations import *
from .durations import YEAR as LONG
INSTALLED_APPS = []
NINJA_JWT = {}
NINJA_JWT['ACCESS_TOKEN_LIFETIME'] = LONG * 100
# file: shop/durations.py
import datetime
YEAR = datetime.timedelta(days=365)
