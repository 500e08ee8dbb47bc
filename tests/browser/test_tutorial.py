"""The tutorial, done as it is written: every file, every command with its output, in a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from demo.setup import HOST
from tools import client
from tools.support.new_project import ROOT, NewProject, blocks

from .test_development import free_port

pytestmark = pytest.mark.hard

PAGES = sorted((ROOT / "docs" / "tutorial").glob("[0-9]*.md"))
INSTALLS = ("python -m venv", "source ", "python -m pip install", "npm install")
"""Commands that install what the environment of the tests has."""
SERVERS = {"python manage.py runserver": "8000", "python manage.py bearer_runserver": "8443"}
NO_WAIT = "\nOTP_TOTP_THROTTLE_FACTOR = 0  # django-otp's pause after a wrong code, which a person spends typing\n"


class Reader:
    """Somebody who does what the pages say. `given` is what the reader puts in the place of a word."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.project = NewProject(folder, {"XDG_DATA_HOME": str(folder / "data")})
        self.ports = {port: str(free_port()) for port in SERVERS.values()}
        self.given: dict[str, str] = {}
        self.said: list[str] = []
        self.stack = stack
        self.server = stack.enter_context(ExitStack())

    def read(self, page: Path, until: str | None = None, after: str | None = None) -> None:
        """Do the blocks of a page, from behind the block that contains `after` to the one that contains `until`."""
        found = blocks(page)
        cut = [block.code for block in found]
        start = 1 + next(at for at, code in enumerate(cut) if after in code) if after else 0
        end = 1 + next(at for at, code in enumerate(cut) if until in code and at >= start) if until else len(cut)
        for block in found[start:end]:
            code = self.at_free_ports(block.code)
            if block.language == "console":
                self.type(code)
            elif block.instead:
                assert block.path
                self.project.replace_line(block.path, block.instead, code)
            else:
                assert block.path, f"{page.name}: the reader does not know where to put\n{code}"
                self.project.write(block.path, code, appended=block.appended)

    def at_free_ports(self, code: str) -> str:
        for port, free in self.ports.items():
            code = code.replace(f":{port}", f":{free}")
        return code

    def type(self, code: str) -> None:
        for typed in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
            command, _, expected = typed.partition("\n")
            if command.startswith(INSTALLS):
                continue
            if command in SERVERS:
                self.serve(command)
                continue
            for word, instead in self.given.items():
                command = command.replace(word, instead)
            said = self.project.shell([command])
            self.said.append(said)
            if expected.strip():
                pattern = re.escape(expected.strip()).replace("…", ".*")
                assert re.fullmatch(pattern, said.strip()), f"{command}\n{said}"

    def serve(self, command: str) -> None:
        """End the server that runs, and start another one."""
        self.server.close()
        arguments = [*command.split()[1:], "--noreload", f"{HOST}:{self.ports[SERVERS[command]]}"]
        self.server.enter_context(self.project.serving(*arguments))


@pytest.fixture
def reader(built: None, tmp_path: Path) -> Iterator[Reader]:
    with ExitStack() as stack:
        yield Reader(tmp_path, stack)


def install_the_client(folder: Path) -> None:
    """What `npm install` does with the published package."""
    shutil.copytree(client.CLIENT / "dist", folder / "node_modules" / "@django-bearer" / "client" / "dist")


def code_of(url: str, step: int) -> str:
    """The code that an app shows, `step` times 30 seconds from now."""
    import base64
    import time

    from django_otp.oath import TOTP

    totp = TOTP(base64.b32decode(parse_qs(urlsplit(url.strip()).query)["secret"][0]))
    totp.time = time.time() + 30 * step
    return f"{totp.token():06}"


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_the_tutorial(reader: Reader, context: BrowserContext, tmp_path: Path) -> None:
    one, two, three = PAGES
    reader.read(one)
    assert "notes/" in next(said for said in reader.said if "closed" in said)

    install_the_client(tmp_path)
    reader.read(two)
    page, errors, calls = context.new_page(), list[str](), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    url = f"https://localhost:{reader.ports['8443']}/"
    page.goto(url.replace("localhost", "127.0.0.1"))
    expect(page.locator("#message")).not_to_be_empty()
    page.goto(url)
    sign_in(page, "ann", "wrong")
    expect(page.locator("#message")).not_to_be_empty()
    sign_in(page, "ann", "correct horse")
    expect(page.get_by_role("listitem")).to_have_text(["Buy milk"])
    page.get_by_label("New note").fill("Return the book")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem")).to_have_text(["Buy milk", "Return the book"])
    page.on("request", lambda request: calls.append(urlsplit(request.url).path))
    page.reload()
    expect(page.get_by_role("listitem")).to_have_text(["Buy milk", "Return the book"])
    with page.expect_response("**/auth/refresh/"):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.evaluate("fetch('/').then(() => fetch('/'))")
    assert calls.count("/notes/") == 1, "a renewal loads no notes"
    cookies = [cookie for cookie in context.cookies() if cookie["name"].startswith("__Host-bearer-")]
    assert cookies
    assert all(cookie["httpOnly"] for cookie in cookies)
    assert page.evaluate("document.cookie + JSON.stringify({ ...localStorage })").count("djb_") == 0
    other = context.new_page()
    other.goto(url)
    other.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    reader.project.write("mysite/settings.py", NO_WAIT, appended=True)
    reader.read(three, until="bearer_runserver")
    enrolled = next(said for said in reader.said if said.startswith("otpauth:"))
    assert re.fullmatch(r"\d{6}", reader.said[-1].strip()), "the command that prints a code"
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept("000000" if len(asked) == 1 else code_of(enrolled, 0))

    page.on("dialog", answer)
    page.goto(url)
    sign_in(page, "ann", "correct horse")
    expect(page.get_by_role("listitem")).to_have_count(2)
    assert [message.startswith("That code was wrong") for message in asked] == [False, True]
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "bob", "battery staple")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert len(asked) == 2

    authority = str(tmp_path / "data" / "django-bearer" / "authority.pem")
    reader.given = {"AUTHORITY": authority, "CODE": code_of(enrolled, 1)}
    reader.read(three, after="bearer_runserver")
    assert errors == []


def test_every_part_is_in_the_list() -> None:
    assert len(PAGES) == 3
    assert re.findall(r"\]\((\d-[\w-]+\.md)\)", (ROOT / "docs/tutorial/index.md").read_text()) == [
        page.name for page in PAGES
    ]
