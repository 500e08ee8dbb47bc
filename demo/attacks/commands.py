"""Management commands, run as an operator runs them, and what they say."""

from __future__ import annotations

from io import StringIO


def manage(command: str, *arguments: str) -> str:
    """What `manage.py` prints, whether it ends well or not, without the end of its last line.

    Its notes to the operator are no part of the report.
    """
    from django.core.management import CommandError, call_command

    output = StringIO()
    try:
        call_command(command, *arguments, stdout=output, stderr=StringIO(), no_color=True)
    except CommandError as error:
        output.write(f"{error}\n")
    return output.getvalue().rstrip()
