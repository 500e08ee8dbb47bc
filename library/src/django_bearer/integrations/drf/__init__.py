"""Django REST framework: authentication class, permissions, throttle class, and the endpoints as its views."""

from .authentication import BearerAuthentication
from .permissions import HasScope, IsAuthenticatedUnlessPublic, scope_required
from .rate_limits import TokenAnonRateThrottle
from .step_up import step_up_required

__all__ = [
    "BearerAuthentication",
    "HasScope",
    "IsAuthenticatedUnlessPublic",
    "TokenAnonRateThrottle",
    "scope_required",
    "step_up_required",
]
