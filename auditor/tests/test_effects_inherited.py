"""What an inherited method does is found out once for all classes that answer its questions alike."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from django_bearer_audit.project import Project
from django_bearer_audit.project.effects import Act, Effect
from django_bearer_audit.project.effects.inherited import Step
from django_bearer_audit.project.effects.interpreter import Interpreter
from django_bearer_audit.project.effects.value import Instance
from django_bearer_audit.project.imports import Definition

BASE = """
from django.http import JsonResponse
from django.views import View
class Base(View):
    sender = "first"
    def post(self, request):
        self.keep(self.made(request))
        return self.told(request)
    def made(self, request):
        return request.POST["password"]
    def keep(self, value):
        request = self.request
        request.user.set_password(value)
        request.user.save()
    def told(self, request):
        return JsonResponse({"sender": self.sender, "me": self.me()})
    def me(self):
        return self
"""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each function is run."""
    counted: Counter[str] = Counter()
    run = Interpreter._summarised

    def counting(self: Interpreter, definition: Definition, owner: Definition | None) -> object:
        counted[definition.node.name] += 1
        return run(self, definition, owner)

    monkeypatch.setattr(Interpreter, "_summarised", counting)
    return counted


def project(folder: Path, **files: str) -> Project:
    for name, text in {"base": BASE, **files}.items():
        (folder / f"{name}.py").write_text(text)
    return Project(folder)


def defined(project: Project, module: str, name: str) -> Definition:
    file = project.python.module(f"{module}.py")
    assert file is not None
    cls = next(each for each in file.nodes(ast.ClassDef) if each.name == name)
    return project.classes.define(file, cls)


def effects(project: Project, module: str, name: str) -> tuple[Effect, ...]:
    owner = defined(project, module, name)
    method = project.classes.method(owner, "post")
    assert method is not None
    assert isinstance(method.node, ast.FunctionDef)
    return project.effects.of_view(method.module, method.node, owner)


def view(name: str, *body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body or ("pass",))
    return f"class {name}(Base):\n{lines}\n"


IMPORTS = "from base import Base\nimport hashlib\n"


def test_what_many_views_inherit_is_run_once(tmp_path: Path, ran: Counter[str]) -> None:
    names = [f"View{number}" for number in range(40)]
    made = project(tmp_path, views=IMPORTS + "".join(map(view, names)))
    for name in names:
        assert any(each.act is Act.SETS for each in effects(made, "views", name))
    assert ran == dict.fromkeys(("post", "made", "keep", "told", "me"), 1)


def test_a_class_that_answers_otherwise_has_effects_of_its_own(tmp_path: Path, ran: Counter[str]) -> None:
    other = view("Other", "def keep(self, value):", "    print(value)")
    made = project(tmp_path, views=IMPORTS + view("One") + other + view("Two"))
    for name in ("One", "Other", "Two"):
        acts = {each.act for each in effects(made, "views", name)}
        assert (Act.SETS in acts, Act.LOGS in acts) == (name != "Other", name == "Other")
    assert ran["post"] == 2
    assert ran["made"] == 1


def test_an_attribute_is_an_answer(tmp_path: Path) -> None:
    made = project(tmp_path, views=IMPORTS + view("One") + view("Two", 'sender = "second"'))
    one, two = (str(effects(made, "views", name)) for name in ("One", "Two"))
    assert "second" in two
    assert "second" not in one


def test_an_object_of_the_class_is_one_of_the_class_that_was_asked_for(tmp_path: Path) -> None:
    made = project(tmp_path, views=IMPORTS + view("One") + view("Two"))
    for name in ("One", "Two"):
        owner = defined(made, "views", name)
        method = made.classes.method(owner, "me")
        assert method is not None
        (returned,) = made.effects._interpreter.summary(method, owner).returned
        assert isinstance(returned.value.what, Instance)
        assert returned.value.what.definition == owner


def test_what_super_means_is_an_answer(tmp_path: Path) -> None:
    mixin = "class Mixin:\n    def keep(self, value):\n        super().keep(hashlib.sha1(value).hexdigest())\n"
    last = "class Quiet(Base):\n    def keep(self, value):\n        pass\n"
    bases = {"One": "Mixin, Base", "Two": "Mixin, Quiet", "Three": "Mixin, Base"}
    views = "".join(f"class {name}({above}):\n    pass\n" for name, above in bases.items())
    made = project(tmp_path, views=IMPORTS + mixin + last + views)
    sets = [any(each.act is Act.SETS for each in effects(made, "views", name)) for name in bases]
    assert sets == [True, False, True]


def test_rows_of_a_table_are_those_of_the_table_that_was_asked_for(tmp_path: Path) -> None:
    models = (
        "from django.db import models\nclass Kept(models.Model):\n    class Meta:\n        abstract = True\n"
        "    def post(self, request):\n        self.code = request.POST['code']\n        self.save()\n"
        "class One(Kept):\n    pass\nclass Two(Kept):\n    pass\n"
    )
    made = project(tmp_path, models=models)
    for name in ("One", "Two"):
        stored = [each for each in effects(made, "models", name) if each.act is Act.STORES]
        assert {getattr(each.other.what, "model", "") for each in stored} == {name}


def test_the_file_of_another_class_is_nothing_that_a_result_rests_on(tmp_path: Path) -> None:
    made = project(tmp_path, one=IMPORTS + view("One"), two=IMPORTS + view("Two"))
    read: list[set[str]] = []
    for name in ("One", "Two"):
        outer = made.ledger.begin()
        effects(made, name.lower(), name)
        waiting, seen = [made.ledger.end(outer)], set()
        files: set[str] = set()
        while waiting:
            each = waiting.pop()
            if each not in seen:
                seen.add(each)
                files |= each.files
                waiting += each.parts
        read.append(files)
    assert read == [{"base.py", "one.py"}, {"base.py", "two.py"}]


def test_what_is_of_use_to_no_other_class_is_not_kept_for_one(tmp_path: Path) -> None:
    """A hundred views that answer each in its own way took more memory than what they do."""
    names = [f"View{number}" for number in range(120)]
    made = project(tmp_path, views=IMPORTS + "".join(view(name, f'sender = "{name}"') for name in names))
    for name in names:
        effects(made, "views", name)
    waiting, steps = list(made.effects._asked._first.values()), 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, Step):
            steps += 1
            waiting += each.branches.values()
    assert steps < 400


def test_what_is_forgotten_is_found_out_again(tmp_path: Path) -> None:
    made = project(tmp_path, views=IMPORTS + view("One") + view("Two"))
    before = effects(made, "views", "One")
    made.effects.forget()
    assert effects(made, "views", "One") == before
