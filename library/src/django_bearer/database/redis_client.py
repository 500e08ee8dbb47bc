"""A client of a Redis or Valkey server, by the URI that a setting names."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import ConfigurationError


def client(uri: str, setting: str, timeout: float = 1.0) -> Any:
    """A client for redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://; nothing is connected yet.

    `timeout` is in seconds, for each answer of the server. Raises `ConfigurationError` without the extra, and for a
    URI that cannot be read. The text does not quote it: what is read as a port may be a password.
    """
    try:
        redis: Any = import_module("redis")
    except ImportError:
        raise ConfigurationError(f'{setting} needs its extra: pip install "django-bearer[redis]"') from None
    try:
        return _made(redis, uri, {"socket_timeout": timeout, "socket_connect_timeout": 1.0})
    except ValueError:
        raise ConfigurationError(
            f"{setting}: its URI cannot be read; write what is special in a password as %2F and the like."
        ) from None


def _made(redis: Any, uri: str, options: dict[str, Any]) -> Any:
    scheme, _, rest = uri.partition("://")
    if scheme == "redis+cluster":
        return redis.RedisCluster.from_url(f"redis://{rest}", **options)
    if scheme == "redis+sentinel":
        # redis+sentinel://[user:password@]host:port,host:port/service
        hosts, _, service = rest.rpartition("@")[2].partition("/")
        user, _, password = rest.rpartition("@")[0].partition(":")
        pairs = [(host.partition(":")[0], int(host.partition(":")[2] or 26379)) for host in hosts.split(",")]
        login = {"username": user or None, "password": password or None}
        return redis.Sentinel(pairs, **options).master_for(service or "mymaster", **login, **options)
    return redis.Redis.from_url(uri, **options)
