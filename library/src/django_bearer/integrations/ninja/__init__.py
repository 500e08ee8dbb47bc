"""Django Ninja: an authentication class, an API that describes what is refused, and the endpoints as a router."""

from __future__ import annotations

from .api import BearerAPI
from .authentication import BearerAuth
from .router import bearer_router

__all__ = ["BearerAPI", "BearerAuth", "bearer_router"]
