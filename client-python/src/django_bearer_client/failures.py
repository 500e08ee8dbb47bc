"""From an answer, or the lack of one, to the error that a caller gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import allauth_answers, server_errors
from .errors import ClientError, ServerRefusal, UnexpectedAnswer, Unreachable


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of an authentication endpoint. Status 0 stands for no whole answer."""

    status: int
    members: Mapping[str, object] = field(default_factory=dict, repr=False)
    retry_after: float | None = None
    """Seconds."""

    @property
    def code(self) -> str:
        """The server's code, or an empty string where the answer is no refusal of the server's own."""
        found = self.members.get("code")
        return found if isinstance(found, str) and self.status >= 400 else ""


def _classes() -> Iterator[tuple[str, type[ServerRefusal]]]:
    for found in ServerRefusal.__subclasses__():
        if found.__module__ == server_errors.__name__:
            yield found.code, found


REFUSALS = dict(_classes())
"""The class of each code."""
IS_PASSING = frozenset({0, 429})
"""Statuses beside those from 500 on that say nothing about the tokens."""
NOT_SHOWN = frozenset({"error", "error_description", "code"})


def is_passing(answer: Answer) -> bool:
    """Whether the same request may succeed later."""
    return answer.status in IS_PASSING or answer.status >= 500


def failure(answer: Answer) -> ClientError:
    """The error for an answer that is no success. Its text holds nothing of what was sent."""
    kind: type[ClientError] = REFUSALS.get(answer.code, Unreachable if is_passing(answer) else UnexpectedAnswer)
    said = answer.members.get("error_description")
    if answer.status == 0:
        text = "The server could not be reached. The tokens are kept: try again later."
    elif kind is UnexpectedAnswer or kind is Unreachable:
        text = f"The server answered {answer.status} without a code that this client knows."
    else:
        text = f"{said if isinstance(said, str) else 'The server refused.'} ({answer.code}, status {answer.status})"
    error = (None if answer.code else allauth_answers.failure(answer.status, answer.members)) or kind(text)
    error.status, error.retry_after = answer.status, answer.retry_after
    shown = {name: value for name, value in answer.members.items() if name not in NOT_SHOWN}
    error.members = {**shown, **error.members}
    return error
