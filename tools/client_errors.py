"""Writes the clients' lists of error codes from the server's: `python tools/client_errors.py`."""

from __future__ import annotations

from pathlib import Path

from django_bearer import errors

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "client-js" / "src" / "errors.ts"
PYTHON = ROOT / "client-python" / "src" / "django_bearer_client" / "server_errors.py"
HEAD = """\
/** Every code a django-bearer server answers with. Written by tools/client_errors.py; a test compares. */
export interface ServerErrors {
"""
TAIL = """\
}

/** Every code that the server answers with. The page Errors of the reference explains each. */
export type ServerCode = keyof ServerErrors;
"""
PYTHON_HEAD = '''\
"""Every code that a django-bearer server answers with, a class each. Written by tools/client_errors.py."""

from __future__ import annotations

from .errors import ServerRefusal
'''


def refusals(base: type[errors.HTTPRefusal] = errors.HTTPRefusal) -> list[type[errors.HTTPRefusal]]:
    """Every refusal of the package's own a caller can be told about, in the order of `errors.py`."""
    ours = [child for child in base.__subclasses__() if child.__module__.startswith("django_bearer.")]
    return [found for child in ours for found in (child, *refusals(child))]


def text() -> str:
    """The file of the browser client, as it must be."""
    rows = {
        found.code: f'  /** {found.description} */\n  {found.code}: {{ status: {found.status}; error: "{found.error}" }};\n'
        for found in refusals()
    }
    return HEAD + "".join(rows[code] for code in sorted(rows)) + TAIL


def python_text() -> str:
    """The file of the Python client, as it must be."""
    named = {found.__name__: found for found in errors.__dict__.values() if found in refusals()}
    rows = [
        f'\n\nclass {name}(ServerRefusal):\n    """{found.description}"""\n\n    code = "{found.code}"\n'
        for name, found in sorted(named.items())
    ]
    return PYTHON_HEAD + "".join(rows)


if __name__ == "__main__":
    TARGET.write_text(text())
    PYTHON.write_text(python_text())
