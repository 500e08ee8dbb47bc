"""Django REST framework: authentication class, scope permission, throttle, and the endpoints as its views."""

from .authentication import BearerAuthentication
from .permissions import ClosedUnlessPublic, HasScope, scope_required
from .throttling import TokenAnonRateThrottle

__all__ = ["BearerAuthentication", "ClosedUnlessPublic", "HasScope", "TokenAnonRateThrottle", "scope_required"]
