"""A GraphQL endpoint answers everybody.

One route carries every query and mutation. Unless the view, the URLconf or the resolvers ask who is
calling, all of them are open, and introspection lists them.

Not reported when the view is wrapped or subclassed with a check, or when any resolver of the tree asks for
the user.

Fix: login_required or LoginRequiredMixin around the view, or permission classes on the fields.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Kind, Who

ID = "BT806"
TITLE = "GraphQL without a login"
CWE = "CWE-306"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    for endpoint in project.routes.table.endpoints:
        if endpoint.kind is Kind.GRAPHQL and endpoint.who is Who.EVERYBODY:
            mutations = any(True for _ in project.python.with_words("Mutation", "@strawberry.mutation"))
            view = endpoint.view.rpartition(".")[2]
            yield Hit(
                where=endpoint.where,
                message=f"/{endpoint.path} serves {view} and nothing asks who is calling.",
                attack="Anybody reads the schema by introspection, then every field of it"
                + (", and runs its mutations." if mutations else "."),
                fix="path('graphql/', login_required(GraphQLView.as_view(...)))",
                severity=None if mutations else Severity.MEDIUM,
            )
