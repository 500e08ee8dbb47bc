"""Unpack the labelled corpus: every repository of the labels, at its commit, into a folder each.

    python benchmarks/audit_corpus.py LABELS MIRROR CORPUS

A label whose commit is `pypi:name==version (…)` is of a published package; that is downloaded by name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django_bearer_audit.git.files import FILES, FOLDER, entries_of
from django_bearer_audit.git.objects import Objects
from django_bearer_audit.git.repository import Repository
from django_bearer_audit.git.revisions import tree_of
from django_bearer_audit.writing import below

Label = dict[str, Any]


def folder_of(repo: str) -> str:
    return repo.replace("/", "+")


def read_labels(path: Path) -> list[Label]:
    labels: list[Label] = json.loads(path.read_text())
    return labels


def unpack(labels: list[Label], mirror: Path, corpus: Path) -> list[str]:
    """Fill `corpus` from the bare repositories in `mirror`; the names it could not fill come back."""
    missing = []
    for repo, commit in sorted({(label["repo"], label["commit"] or "HEAD") for label in labels}):
        target = corpus / folder_of(repo)
        if target.is_dir():
            continue
        if commit.startswith("pypi:"):
            if not _download(commit.removeprefix("pypi:").split()[0], target):
                missing.append(f"{repo} ({commit})")
            continue
        git_dir = _git_dir(mirror / folder_of(repo) / "repo")
        if git_dir is None:
            missing.append(f"{repo} ({commit})")
        else:
            _write_tree(git_dir, commit, target)
    return missing


def _download(requirement: str, target: Path) -> bool:
    """The files of a published package, without installing it or anything it needs."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", folder, requirement], check=False)
        for wheel in Path(folder).glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(target)
    return target.is_dir()


def _git_dir(folder: Path) -> Path | None:
    for candidate in (folder / ".git", folder):
        if (candidate / "objects").is_dir():
            return candidate
    return None


def _write_tree(git_dir: Path, commit: str, target: Path) -> None:
    """Write each file that the repository still holds: snapshots leave out their largest.

    No git is started: the repositories are other people's, and git would fetch what is missing as they tell it to.
    """
    objects = Objects(git_dir / "objects")
    tree = tree_of(Repository(git_dir, git_dir, git_dir, objects), commit)
    for path, name in _files(objects, tree, ""):
        found = objects.get(name)
        if found and not below(path):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(found.data)


def _files(objects: Objects, tree: str, prefix: str) -> Iterator[tuple[str, str]]:
    """The path and the object of every regular file of a tree."""
    found = objects.get(tree)
    for name, (mode, held) in entries_of(found.data, len(tree) // 2).items() if found else ():
        path = prefix + os.fsdecode(name)
        if mode == FOLDER:
            yield from _files(objects, held, f"{path}/")
        elif mode in FILES:
            yield path, held


if __name__ == "__main__":
    labels_file, mirror_folder, corpus_folder = map(Path, sys.argv[1:4])
    for name in unpack(read_labels(labels_file), mirror_folder, corpus_folder):
        print("not in the mirror:", name)
