"""What an answer rests on reaches everybody who asks for it, also where it was found out before."""

from __future__ import annotations

import ast
from pathlib import Path

from django_bearer_audit import project as facts
from django_bearer_audit.project import Project
from django_bearer_audit.project.ledger import Held, Ledger, Reads, Search

FOLDER = Path(facts.__file__).parent
OF_ONE_FILE = {
    "imports.Imports": {"_bindings", "_definitions", "_inner", "_stars"},
    "classes.Classes": {"_bodies"},
    "effects.expressions.Expressions": {"_quick"},
    "effects.interpreter.Interpreter": {"_running"},
    "effects.renaming._Renaming": {"_done"},
    "effects.substitution.Substitution": {"_done", "_given_checks", "_ways"},
    "namespaces.Namespaces": {"_running", "_locals"},
    "python.PythonIndex": {
        "_bytes",
        "_searched",
        "_modules",
        "_finds",
        "_found_before",
        "_places",
        "_names",
        "_known",
        "_given_up",
    },
    "flow.functions.Functions": {"_stores"},
    "ledger.Ledger": {"_before", "kept", "_sets"},
    "__init__.Project": {"known_front"},
    "front.__init__.Front": {"seen"},
    "front.reader._Reading": {"_constants"},
    "routes.__init__.Routes": {"_digests"},
    "routes.code.Code": {"_calls", "_asks", "_limits", "_made"},
    "routes.names.Names": {"_stores"},
    "sites.Sites": {"_unseen"},
}
"""Attributes with plain dictionaries: their values come from one file, which the caller has, or from paths."""
WITH_THEIR_READS = {
    "effects.inherited.Asked": {"answers"},
    "effects.inherited.Inherited": {"_first"},
    "effects.inherited.Step": {"branches"},
}
"""Those whose values are held beside what they rest on, which `Inherited.rest_on` passes on."""


def test_what_looks_into_other_files_and_is_cached_goes_through_the_ledger() -> None:
    found: dict[str, set[str]] = {}
    for file in FOLDER.rglob("*.py"):
        name = ".".join(file.relative_to(FOLDER).with_suffix("").parts)
        for owner in ast.walk(ast.parse(file.read_text())):
            if isinstance(owner, ast.ClassDef):
                for node in ast.walk(owner):
                    match node:
                        case ast.AnnAssign(
                            target=ast.Attribute(value=ast.Name(id="self"), attr=held),
                            annotation=ast.Subscript(value=ast.Name(id="dict")),
                        ):
                            found.setdefault(f"{name}.{owner.name}", set()).add(held)
                        case _:
                            pass
    assert found == OF_ONE_FILE | WITH_THEIR_READS


def test_a_fact_found_out_once_is_rested_on_by_everybody_who_asks() -> None:
    ledger = Ledger()
    held: Held[str, int] = {}

    def fact() -> int:
        ledger.search(("any", "word"))
        ledger.file("a.py")
        return 1

    for _ in range(2):
        outer = ledger.begin()
        assert ledger.memo(held, "fact", fact) == 1
        reads = ledger.end(outer)
        (part,) = reads.parts
        assert (part.files, part.searches) == ({"a.py"}, {("any", "word")})


def test_whether_a_function_is_the_only_one_of_its_name_is_asked_again(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("def set_new_password(user, password): ...\n")
    (tmp_path / "idle.py").write_text("")
    project = Project(tmp_path)
    for _ in range(2):
        outer = project.ledger.begin()
        assert project.functions._alone("set_new_password")
        reads = project.ledger.end(outer)
        waiting: list[Reads] = [reads]
        searches: set[Search] = set()
        while waiting:
            each = waiting.pop()
            searches |= each.searches
            waiting += each.parts
        assert ("any", "def set_new_password(") in searches
