"""For drf-spectacular: the bearer scheme, and what each endpoint reads and answers. Loaded where it is installed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiViewExtension
from drf_spectacular.utils import extend_schema, extend_schema_view

from .authentication import BearerAuthentication
from .responses import ErrorAnswer


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # theirs has no types
    """RFC 6750, as OpenAPI says it. It applies to subclasses, too, but for one that the project describes itself."""

    target_class = BearerAuthentication
    match_subclasses = True
    priority = -1
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class EndpointSchema(OpenApiViewExtension):  # type: ignore[no-untyped-call]  # theirs has no types
    """The answers that an endpoint declares, and one shape for every refusal."""

    target_class = "django_bearer.integrations.drf.views.EndpointView"
    match_subclasses = True

    def view_replacement(self) -> Any:
        view = self.target
        members = {"__doc__": view.__doc__}
        if view.takes_token:
            members["authentication_classes"] = (BearerAuthentication,)
        described = type(view.__name__, (view,), members)
        schemas = {
            method: extend_schema(responses={status: answer, "4XX": ErrorAnswer})
            for method, (status, answer) in view.answers.items()
        }
        return extend_schema_view(**schemas)(described)
