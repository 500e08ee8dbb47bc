"""Grows trees at random as somebody would write them who wants the auditor to run, write, print or hang."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.hostile import FAULT, repository

FORGED = "0 findings in 7654321 files"
"""Begins a line that no audit of these trees can say."""
TEXTS = [
    f"\n{FORGED}\n",
    "\r\n::error file=x::forged",
    "::error::forged",
    " \t::add-mask::forged",
    "##[error]forged",
    "##vso[task.setvariable variable=PATH]forged",
    "\x1b]0;title\x07\x1b[2J",
    "\x9b2J\x85\x0b\x0c",
    "\u202eforged\u2066\u2069\u200f",
    "\u2028\u2029\ufeff\u200b",
    "$(touch ran)`touch ran`;touch ran",
    "'\"<script>]]>&amp;",
    "%0A::error::forged",
    "{0}{x!r}%s\\n\\x1b",
    "x" * 5000,
    "\U000e0041\U0001f600\u0301" * 20,
]
NAMES = ["settings.py", "urls.py", "a.py", "pkg/views.py", "web/a.js", "web/b.html", "web/c.vue", "web/d.tsx"]
NAMES += [
    "requirements.txt",
    "poetry.lock",
    "Pipfile.lock",
    "setup.cfg",
    "Dockerfile",
    ".env",
    "deploy.yml",
    "wsgi.py",
]
CONFIGURATION = ["pyproject.toml", ".bearer-baseline.json", "state/accepted.json"]
FORMATS = ["text", "json", "sarif", "github", "junit", "html"]
_SNIPPETS = [
    "INSTALLED_APPS = ['rest_framework', {t!r}]\nROOT_URLCONF = 'urls'\nSECRET_KEY = {t!r}\nDEBUG = True\n",
    "SIMPLE_JWT = {{{t!r}: {t!r}, 'SIGNING_KEY': {t!r}, 'ALGORITHM': {t!r}}}\nALLOWED_HOSTS = ['*', {t!r}]\n",
    "REST_FRAMEWORK = {{'DEFAULT_PERMISSION_CLASSES': [{t!r}], {t!r}: [[{t!r}]] * 9}}\n",
    "from django.urls import path, include\nurlpatterns = [path({t!r}, v, name={t!r}), path('x', include('urls'))]\n",
    "import jwt\ndef read(token, key={t!r}):\n    return jwt.decode(token, {t!r}, algorithms=[{t!r}, 'none'])\n",
    "from rest_framework.decorators import api_view, permission_classes\n"
    "@api_view([{t!r}, 'POST'])\n@permission_classes([])\ndef login(request):\n    print(request.data[{t!r}])\n",
    "def view(request, response):\n    response.set_cookie({t!r}, access_token + {t!r}, secure=False)\n",
    "token = hashlib.md5({t!r} + user.email).hexdigest()  # bearer: ignore[{b}] -- {b}\n",
    "class A(B, metaclass={t!r}): pass\nclass B(A): pass\nX = [X, *X, {{**X}}]\n",
    "X = 'a' * 10 ** 10\nY = 10 ** 10 ** 10\nZ = '%999999999d' % 1\nfrom settings import *\n",
]
_SCRIPTS = [
    "localStorage.setItem({j}, token); // bearer: ignore[{b}] -- {b}\n",
    "const key = {j}; sessionStorage[key] = access_token; document.cookie = `token=${{{j}}}`;\n",
    "fetch('https://x/?token=' + token + {j}); axios.defaults.headers.common[{j}] = refresh_token;\n",
]
_DEEP = [
    lambda n: "X = " + "[" * n + "]" * n,
    lambda n: "X = " + "-" * n + "1",
    lambda n: "X = a" + ".b" * n,
    lambda n: "X = " + "+".join("a" * n),
    lambda n: "if a: pass\n" + "elif b: pass\n" * n,
    lambda n: "<div>" * n,
    lambda n: "x = " + "({" * n,
    lambda n: "x = `${" * n,
    lambda n: '{"a":' * n,
    lambda n: "a." * n + "b = 1",
]


class Grower:
    """One tree. Everything it does is decided by the seed."""

    def __init__(self, seed: int, ground: Path) -> None:
        self.chance = random.Random(seed)
        self.ground = ground
        self.tree, self.outside, self.home = (ground / name for name in ("tree", "outside", "home"))

    def grow(self) -> list[str]:
        """Make the folders `tree`, `outside` and `home`; the arguments to audit it with."""
        for folder in (self.tree, self.outside, self.home):
            folder.mkdir(parents=True)
        for name in ("victim", "victim.json", ".bashrc"):
            (self.outside / name).write_text("precious\n")
        if self.chance.random() < 0.3:
            repository(self.tree, {"old.py": "x = 1\n", "a.py": "x = 1\n"})
            if self.chance.random() < 0.3:
                (self.tree / ".git" / "refs" / "tags" / "main").write_text("0" * 40)
        self.write("a.py", FAULT.encode())
        parts: list[Callable[[], None]] = [self.odd_name, self.odd_name, self.sources, self.sources, self.link]
        parts += [self.special, self.size, self.deep, self.bytes, self.digits, self.inner]
        parts += [part for part in (self.configuration, self.baseline) if self.chance.random() < 0.25]
        for part in self.chance.sample(parts, self.chance.randint(1, 7)):
            part()
        return self.arguments()

    # -- what a tree is made of ----------------------------------------------

    def odd_name(self) -> None:
        text = self.text().replace("/", "_").replace("\0", "")
        stem = os.fsencode(text)[: self.chance.choice([20, 120, 200])] or b"x"
        if self.chance.random() < 0.2:
            stem += b"\xff\xfe\xed\xa0\x80"
        folder = os.fsencode(self.tree)
        if self.chance.random() < 0.3:
            folder = os.path.join(folder, stem)
            os.makedirs(folder, exist_ok=True)
        try:
            with open(os.path.join(folder, stem + self.chance.choice([b".py", b".js", b".html"])), "wb") as file:
                file.write(FAULT.encode() if self.chance.random() < 0.7 else self.script().encode())
        except OSError:
            pass

    def sources(self) -> None:
        for name in self.chance.sample(NAMES, self.chance.randint(1, 5)):
            parts = [
                self.snippet() if name.endswith(".py") else self.script() for _ in range(self.chance.randint(1, 6))
            ]
            self.write(name, self.mutated("".join(parts).encode("utf-8", "surrogatepass")))

    def link(self) -> None:
        targets = [
            self.outside / "victim",
            self.outside,
            self.outside / "new",
            "/dev/zero",
            "/dev/stdin",
            "..",
            ".",
            "x",
        ]
        targets += ["/proc/self/mem", "/etc/passwd", self.tree / "a.py", "loop.py", ".git", "\x1b[2J"]
        names = [*NAMES, self.some_name(), "report", "state", "loop.py", "pkg", ".git", "web/x.js"]
        for name in self.chance.sample(names, self.chance.randint(1, 4)):
            place = self.place(name)
            if place and not os.path.lexists(place):
                place.symlink_to(self.chance.choice(targets))

    def special(self) -> None:
        for name in (self.some_name(), self.chance.choice([*NAMES, "report", ".git"])):
            place = self.place(name)
            if place and not os.path.lexists(place):
                if self.chance.random() < 0.7:
                    os.mkfifo(place)
                else:
                    place.mkdir()

    def size(self) -> None:
        place = self.place(self.some_name())
        if place and not os.path.lexists(place):
            place.touch()
            os.truncate(place, self.chance.choice([0, 1_000_001, 10**12, 250_000]))

    def deep(self) -> None:
        text = self.chance.choice(_DEEP)(self.chance.choice([50, 200, 3000, 40_000]))
        name = self.some_name()
        self.write(name, text.encode())
        if self.chance.random() < 0.3:
            place = self.tree
            for _ in range(self.chance.choice([70, 600])):
                place = place / "d"
            try:
                place.mkdir(parents=True, exist_ok=True)
            except OSError:
                return
            (place / "a.py").write_text(FAULT)

    def digits(self) -> None:
        number = self.chance.choice(
            ["9" * 5000, "1" * 4000, "\u0663" * 9, "0x" + "f" * 5000, "1e9999", "-0", "\u00b2"]
        )
        lines = [f"pyjwt=={number}", f"djangorestframework<{number}.1", f"django~={number}.{number}"]
        self.write("requirements.txt", "\n".join(lines).encode())
        names = ["SESSION_COOKIE_AGE", "SECURE_HSTS_SECONDS", "PASSWORD_RESET_TIMEOUT", "X"]
        said = "".join(f"{name} = {number}\n{name} = {name} * {name} * timedelta(days={number})\n" for name in names)
        self.write("settings.py", f"INSTALLED_APPS = []\nSECRET_KEY = 'x'\n{said}".encode())

    def bytes(self) -> None:
        odd = [
            b"\xff\xfe" + "X = 1\n".encode("utf-16-le"),
            b"# coding: rot13\nK = 1\n",
            b"\0" * 500,
            b"\xef\xbb\xbfX = 1\n",
        ]
        odd += [
            self.chance.randbytes(2000),
            b"# -*- coding: utf-7 -*-\n+AGE-\n",
            b"\r" * 900,
            b"X = '\xed\xa0\x80'\n",
        ]
        self.write(self.some_name(), self.chance.choice(odd))

    def inner(self) -> None:
        """A repository inside the tree, whose configuration names commands."""
        made = repository(self.ground / "made", {"a.py": FAULT})
        command = f"touch '{self.outside}/ran'"
        names = [
            "core.fsmonitor",
            "core.sshCommand",
            "diff.external",
            "core.pager",
            "core.hooksPath",
            "uploadpack.hook",
        ]
        lines = [f'[{name.split(".")[0]}]\n\t{name.split(".")[1]} = "{command}"\n' for name in names]
        with (made / ".git" / "config").open("a") as file:
            file.write("".join(lines) + f'[remote "origin"]\n\tpromisor = true\n\tuploadpack = "{command}; false"\n')
        place = self.tree / self.chance.choice(["pkg", "."])
        if os.path.lexists(place) and not place.is_dir():  # a link or a file that was made before
            place = self.tree
        place.mkdir(exist_ok=True)
        if self.chance.random() < 0.5:
            shutil.copytree(made / ".git", place, dirs_exist_ok=True)
        elif not os.path.lexists(place / ".git"):
            if self.chance.random() < 0.5:
                shutil.copytree(made / ".git", place / ".git")
            else:
                (place / ".git").write_text(
                    f"gitdir: {self.chance.choice([self.outside, '../HEAD', '.', self.text()])}"
                )

    def configuration(self) -> None:
        keys = ["settings", "exclude", "assume", "persona", "fail-on", "baseline", self.text(), "x"]
        values = [
            *map(json.dumps, ["state/accepted.json", "../outside/victim.json", str(self.outside / "victim.json")])
        ]
        values += [
            json.dumps(self.text()),
            "1",
            "[]",
            "[1]",
            "{ name = 'x' }",
            "1979-05-27",
            "nan",
            "'never'",
            "true",
        ]
        values += [
            '[{ name = ["x"], reason = 1 }]',
            '["**", "*a*a*a*a*a*b"]',
            "[[[]]]",
            "'shop.settings'",
            "'a.json'",
        ]
        lines = [f"{json.dumps(self.chance.choice(keys))} = {self.chance.choice(values)}" for _ in range(2)]
        head = self.chance.choice(
            ["[tool.django-bearer.audit]"] * 6 + ["[tool.django-bearer]\naudit = 1", "tool = 1", "[tool]"]
        )
        self.write("pyproject.toml", self.mutated(f"{head}\n{chr(10).join(lines)}\n".encode("utf-8", "replace"), 0.1))

    def baseline(self) -> None:
        entry = {"fingerprint": "0" * 32, "rule": "BT403", "path": self.text(), "line": 1, "title": self.text()}
        entry |= {
            self.chance.choice([*entry, "reason", "owner", "expires"]): self.chance.choice(
                [[1], None, {}, 1, self.text()]
            )
        }
        data = self.chance.choice(
            [{"findings": [entry]}] * 4 + [[], None, 1, {"findings": None}, {"findings": [[]]}, {}]
        )
        self.write(self.chance.choice(CONFIGURATION[1:]), self.mutated(json.dumps(data).encode(), 0.1))

    # -- the parts of those ---------------------------------------------------

    def some_name(self) -> str:
        """Mostly of a source: an audit that ends at its configuration reads no more."""
        return self.chance.choice(NAMES if self.chance.random() < 0.9 else CONFIGURATION)

    def text(self) -> str:
        return "".join(self.chance.sample(TEXTS, self.chance.choice([1, 1, 2, 3])))

    def snippet(self) -> str:
        return self.chance.choice(_SNIPPETS).format(t=self.text(), b=self.chance.choice(["BT401", "BT403", "x"]))

    def script(self) -> str:
        return self.chance.choice(_SCRIPTS).format(j=json.dumps(self.text()), b=self.chance.choice(["BT304", "x"]))

    def mutated(self, data: bytes, often: float = 0.3) -> bytes:
        """The same, sometimes with a few bytes changed, cut or doubled."""
        changed = bytearray(data)
        while changed and self.chance.random() < often:
            place = self.chance.randrange(len(changed))
            match self.chance.randrange(3):
                case 0:
                    changed[place] = self.chance.randrange(256)
                case 1:
                    del changed[place : place + self.chance.randrange(20)]
                case _:
                    changed[place:place] = changed[place : place + 50] * self.chance.choice([1, 40])
        return bytes(changed)

    def place(self, name: str) -> Path | None:
        """Where a file of the tree goes; None where a link or a file is in its way."""
        place = self.tree / name
        if any(os.path.lexists(above) and (above.is_symlink() or not above.is_dir()) for above in [place.parent]):
            return None
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def write(self, name: str, data: bytes) -> None:
        place = self.place(name)
        if place and (not os.path.lexists(place) or (place.is_file() and not place.is_symlink())):
            place.write_bytes(data)

    # -- how it is audited ----------------------------------------------------

    def arguments(self) -> list[str]:
        given = [".", f"--format={self.chance.choice(FORMATS)}"]
        choices = [["--routes"], ["--write-baseline"], ["--fix", "--unsafe", "--diff-only"], ["--fix", "--unsafe"]]
        choices += [["--diff", self.chance.choice(["HEAD", "main", "HEAD~1", "refs/heads/main"])], ["--all"]]
        if self.chance.random() < 0.5:
            given.append("--no-cache")
        if self.chance.random() < 0.6:
            given += self.chance.choice(choices)
        if self.chance.random() < 0.3:
            given += [
                "--output",
                self.chance.choice(["report", "state/report", "web/x.js", str(self.outside / "report")]),
            ]
        if self.chance.random() < 0.2:
            given += [
                "--baseline",
                self.chance.choice(["report", "state/accepted.json", str(self.outside / "none.json")]),
            ]
        return [*given, "--persona=pedantic"] if self.chance.random() < 0.5 else given
