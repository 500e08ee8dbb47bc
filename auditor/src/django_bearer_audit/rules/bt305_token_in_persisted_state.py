"""A state container writes its state, token included, to browser storage.

redux-persist, Zustand's persist, Pinia's and Vuex's plugins copy the state to localStorage by themselves.
Where the state holds the token, this is a token in localStorage that nobody wrote down.

Reported when the kept part of the state holds a name that says token, here or in the file of the reducer
that is listed; a list of parts without one is silent.

Fix: leave the token out of what is kept (`blacklist`, `partialize`, `paths`).
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.front.facts import Persisted
from django_bearer_audit.project.token_names import is_record, is_token, may_be_token, words

ID = "BT305"
TITLE = "Token in persisted state"
CWE = "CWE-922"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    for path, facts in project.front.files.items():
        for each in facts.persisted:
            held = _held(each, _states(project), project.front.state.get(path, ()))
            if held:
                yield Hit(
                    where=Place(path, each.line_start, each.line_end),
                    message=f"{each.library} writes {held} to {each.store}.",
                    attack="One injected script reads the stored state, and the token in it.",
                    fix=f"keep {held} out of the persisted part of the state",
                )


def _states(project: Project) -> dict[str, tuple[str, ...]]:
    """Token names by the file of the state that declares them, named without its folder and ending."""
    return {path.rpartition("/")[2].partition(".")[0].lower(): names for path, names in project.front.state.items()}


def _held(each: Persisted, states: dict[str, tuple[str, ...]], beside: tuple[str, ...]) -> str:
    """`beside` are the token names of the file that asks for it: often that of the reducer itself."""
    if each.kept is None:
        own = each.state if each.library != "redux-persist" else beside or _anywhere(states)
        return own[0] if own else ""
    for part in each.kept:
        if is_token(part):
            return part
        declared = _declared(part, states)
        if declared:
            return f"{part}.{declared}"
    return ""


def _anywhere(states: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return next((names for stem, names in states.items() if names and _is_state(stem)), ())


def _is_state(stem: str) -> bool:
    return any(word in stem for word in ("reducer", "slice", "store"))


def _declared(part: str, states: dict[str, tuple[str, ...]]) -> str:
    base = "".join(word for word in words(part) if word not in {"reducer", "slice", "state", "store"})
    if not (is_record(base) or may_be_token(base)):
        return ""
    fitting = (names for stem, names in states.items() if base in stem and (_is_state(stem) or stem == base))
    return next((names[0] for names in fitting if names), "")
