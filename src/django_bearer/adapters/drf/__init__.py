"""Django REST framework: authentication class, scope permission, throttle, and the endpoints as its views."""

from .authentication import BearerAuthentication
from .permissions import HasScope, scope_required
from .throttling import TokenAnonRateThrottle

__all__ = ["BearerAuthentication", "HasScope", "TokenAnonRateThrottle", "scope_required"]
