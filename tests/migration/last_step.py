"""The last step of a move, as a project does it: `finish`, and afterwards nothing is left of the bridge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.support.new_project import NewProject

TRACES = """
from django.db import connection
with connection.cursor() as cursor:
    for table, column in (("django_migrations", "app"), ("django_content_type", "app_label")):
        cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE {column} = 'django_bearer_migrate'")
        print(cursor.fetchone()[0])
print(len([name for name in connection.introspection.table_names() if "bearer_migrate" in name]))
"""
GONE = 'raise ImportError("it was uninstalled")\n'
"""What stands in the place of the package afterwards."""


def speaking(folder: Path) -> list[str]:
    """The project's files that speak of the bridge."""
    files = [path for path in folder.rglob("*.py") if path.name != "django_bearer_migrate.py"]
    words = ("django_bearer_migrate", "BEARER_MIGRATE")
    return sorted(path.name for path in files if any(word in path.read_text() for word in words))


def finish(project: NewProject, settings: str, urls: str) -> list[str]:
    """End the move with these settings and URLs, which name the bridge and do not need it any more.

    First it refuses, and changes nothing, while other files of the project need the bridge. Returns the SQL that it
    prints for later.
    """
    project.write("mysite/last.py", f'{settings}\nROOT_URLCONF = "mysite.last_urls"\n')
    project.write("mysite/last_urls.py", urls)
    arguments = ("bearer_migrate", "finish", "--still-used", "--settings", "mysite.last")
    before = speaking(project.folder)
    assert "nothing was changed" in project.manage(*arguments, fails=True)
    assert speaking(project.folder) == before
    for name in before:
        if name != "last.py":
            (project.folder / "mysite" / name).unlink()
    told = project.manage(*arguments)
    assert "written: mysite/last.py" in told
    assert speaking(project.folder) == []
    return [line.strip().removesuffix(";") for line in told.splitlines() if line.startswith("  D")]


def drop(project: NewProject, statements: list[str]) -> None:
    """Run what `finish` has printed, when the last process of the version before has ended."""
    code = "from django.db import connection\nwith connection.cursor() as cursor:\n"
    code += "".join(f"    cursor.execute({statement!r})\n" for statement in statements)
    project.manage("shell", "-v", "0", "-c", code, "--settings", "mysite.last")


@contextmanager
def uninstalled(project: NewProject) -> Iterator[None]:
    """The project without the package: whoever imports it fails."""
    project.write("django_bearer_migrate.py", GONE)
    assert project.manage("shell", "-v", "0", "-c", TRACES, "--settings", "mysite.last").split() == ["0", "0", "0"]
    assert "no issues" in project.manage("check", "--settings", "mysite.last")
    assert "No changes" in project.manage("makemigrations", "--check", "--dry-run", "--settings", "mysite.last")
    yield
