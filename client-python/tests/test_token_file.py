"""The file: who may read it, what becomes of a damaged one, and one holder of the lock at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from django_bearer_client import BearerAuth, TokenFile, TokenFileError, Tokens

TOKENS = Tokens("https://api.example.com/", "first-party", refresh_token="secret-of-the-file")
WRITTEN = Path("notes.tokens")


@pytest.fixture
def written(store: TokenFile) -> TokenFile:
    store.save(TOKENS)
    return store


def test_only_its_owner_may_read_it(store: TokenFile) -> None:
    before = os.umask(0)
    try:
        store.save(TOKENS)
        assert store.try_lock()
        store.unlock()
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in store.path.parent.iterdir()}
    assert modes == {"notes.tokens": 0o600, "notes.tokens.lock": 0o600}
    assert store.load() == TOKENS


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused(written: TokenFile, mode: int) -> None:
    written.path.chmod(mode)
    with pytest.raises(TokenFileError, match="Others may read"):
        written.load()


def test_a_link_is_refused(written: TokenFile) -> None:
    link = written.path.with_name("link")
    link.symlink_to(written.path)
    with pytest.raises(TokenFileError, match="not a link"):
        TokenFile(link).load()


def test_a_pipe_is_refused_and_nobody_waits_for_it(store: TokenFile) -> None:
    os.mkfifo(store.path, 0o600)
    with pytest.raises(TokenFileError, match="no regular file"):
        store.load()


def test_the_file_of_another_user_is_refused(written: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(TokenFileError, match="another user"):
        written.load()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"version": 2}', '{"version": 1}', "null", "\xff", "[" * 70_000], ids=range(8)
)
def test_a_damaged_file_is_refused_and_its_content_not_shown(written: TokenFile, content: str) -> None:
    written.path.write_text(f"{content} secret-of-the-file" if content == "{" else content, encoding="latin-1")
    with pytest.raises(TokenFileError, match="damaged") as caught:
        written.load()
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "api", ["https://evil.example", "https://api.example.com/other", "https://api.example.com:444"]
)
def test_tokens_of_another_api_are_never_used(written: TokenFile, api: str) -> None:
    with pytest.raises(TokenFileError, match="another API"):
        BearerAuth(api, written).access_token()
    with pytest.raises(TokenFileError, match="another API"):
        BearerAuth("https://api.example.com", written, client_id="robot").access_token()


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    store = TokenFile(tmp_path / "missing" / "notes.tokens")
    with pytest.raises(TokenFileError):
        store.save(TOKENS)
    with pytest.raises(TokenFileError):
        store.try_lock()
    (tmp_path / "missing").mkdir()
    assert store.try_lock(), "what failed holds nothing"
    store.unlock()


def test_one_holder_at_a_time_in_one_thread_and_over_objects(store: TokenFile) -> None:
    other = TokenFile(store.path)
    assert store.try_lock()
    assert not store.try_lock()
    assert not other.try_lock()
    store.unlock()
    assert other.try_lock()
    assert not store.try_lock()
    other.unlock()


def test_a_process_that_was_forked_meanwhile_has_no_share_in_the_lock(store: TokenFile) -> None:
    assert store.try_lock()
    child = os.fork()
    if child == 0:
        os._exit(1 if store.try_lock() else 0)
    assert os.waitpid(child, 0)[1] == 0, "the parent has it"
    assert not TokenFile(store.path).try_lock(), "the end of the other process does not release it"
    store.unlock()
    child = os.fork()
    if child == 0:
        os._exit(0 if store.try_lock() else 1)
    assert os.waitpid(child, 0)[1] == 0
