"""Django REST framework: authentication class, scope permission, throttle class, and the endpoints as its views."""

from .authentication import BearerAuthentication
from .permissions import HasScope, IsAuthenticatedUnlessPublic, scope_required
from .rate_limits import TokenAnonRateThrottle

__all__ = [
    "BearerAuthentication",
    "HasScope",
    "IsAuthenticatedUnlessPublic",
    "TokenAnonRateThrottle",
    "scope_required",
]
