"""Unpack the labelled corpus: every repository of the labels, at its commit, into a folder each.

    python benchmarks/audit_corpus.py LABELS MIRROR CORPUS

A label whose commit is `pypi:name==version (…)` is of a published package; that is downloaded by name.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

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
    """Write each file that the repository still holds.

    `git archive` stops at the first blob that is absent, and snapshots leave out their largest files.
    """
    git = ["git", f"--git-dir={git_dir}"]
    listing = subprocess.run([*git, "ls-tree", "-r", "-z", commit], capture_output=True, check=True).stdout
    entries = [line.split(b"\t", 1) for line in listing.split(b"\0") if line.startswith(b"100")]
    request = b"".join(meta.split()[2] + b"\n" for meta, _ in entries)
    answer = subprocess.run([*git, "cat-file", "--batch"], input=request, capture_output=True, check=True).stdout
    position = 0
    for _, name in entries:
        end = answer.index(b"\n", position)
        header = answer[position:end].split()
        position = end + 1
        if header[-1] == b"missing":
            continue
        size = int(header[2])
        path = target / name.decode(errors="surrogateescape")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer[position : position + size])
        position += size + 1


if __name__ == "__main__":
    labels_file, mirror_folder, corpus_folder = map(Path, sys.argv[1:4])
    for name in unpack(read_labels(labels_file), mirror_folder, corpus_folder):
        print("not in the mirror:", name)
