"""Whose a row is: the columns of a table that point to an account."""

from __future__ import annotations

import ast
import re

from django_bearer_audit.project.models import Field, Model

_TO_USER = re.compile(r"\bUser\b|AUTH_USER_MODEL|get_user_model|CustomUser|\.User\b")


def belongs(model: Model) -> bool:
    """Whether a row points to the user it belongs to."""
    return any(f.kind in {"ForeignKey", "OneToOneField"} and is_to_user(f) for f in model.fields)


def is_to_user(field: Field) -> bool:
    """Whether a column points to an account."""
    named = next((k.value for k in field.call.keywords if k.arg == "to"), None)
    to = field.call.args[0] if field.call.args else named
    return to is not None and bool(_TO_USER.search(ast.unparse(to)))
