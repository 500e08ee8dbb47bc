"""An API that answers and describes what is refused."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.constants import NOT_SET

from ...errors import HTTPRefusal
from . import shapes
from .authentication import BearerAuth, respond

_REFUSED = {
    400: "Several tokens were sent, or one over plain HTTP.",
    401: "No valid token was sent.",
    403: "The token does not suffice.",
    503: "The server cannot tell just now: try again.",
}


class BearerAPI(NinjaAPI):
    """A `NinjaAPI` whose operations require a token, and whose OpenAPI document says how they are refused.

        api = BearerAPI()

    Without an `auth` of its own every operation takes `BearerAuth()`. The refusals that our functions raise in an
    operation, such as `RateLimited`, are answered with their own status, code and headers.

    Args:
        auth: As for `NinjaAPI`. `BearerAuth()` where it is not given.
        **options: Everything else that `NinjaAPI` takes.
    """

    def __init__(self, *, auth: Any = NOT_SET, **options: Any) -> None:
        super().__init__(auth=BearerAuth() if auth is NOT_SET else auth, **options)
        self.add_exception_handler(HTTPRefusal, respond)

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the OpenAPI document, with the refusals of each operation that asks for a token.

        Args:
            **options: What `NinjaAPI.get_openapi_schema` takes.

        Returns:
            The document, as a dictionary.
        """
        document = super().get_openapi_schema(**options)
        components = document.setdefault("components", {})
        schemes = components.get("securitySchemes") or {}
        ours = {name for name, scheme in schemes.items() if scheme.get("scheme") == "bearer"}
        for item in document["paths"].values():
            for operation in item.values():
                if any(ours & set(each) for each in operation.get("security") or ()):
                    _describe(operation["responses"])
                    components.setdefault("schemas", {})["BearerRefusal"] = shapes.schema(shapes.BearerRefusal)
        return document


def _describe(responses: dict[Any, Any]) -> None:
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/BearerRefusal"}}}
    for status, told in _REFUSED.items():
        responses.setdefault(status, {"description": told, "content": answer})
