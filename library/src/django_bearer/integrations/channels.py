"""Channels: the middleware that lets consumers have the sockets of whoever has a token or a ticket."""

from __future__ import annotations

from ..http.sockets import BearerSocketMiddleware

__all__ = ["BearerSocketMiddleware"]
