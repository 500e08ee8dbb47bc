"""Every class of error that a caller or developer can meet."""

from __future__ import annotations

from django_bearer import errors


def error_classes(base: type[errors.BearerError] = errors.BearerError) -> list[type[errors.BearerError]]:
    """Every class of the error_classes that a caller or developer can meet; tests make more of them, which are not ours."""
    ours = [child for child in base.__subclasses__() if child.__module__.startswith("django_bearer.")]
    below = [found for child in ours for found in error_classes(child)]
    return [base, *below]
