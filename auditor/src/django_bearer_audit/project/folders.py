"""Lists one folder of what the audit leaves out, to look at what may have been hidden there."""

from __future__ import annotations

import os
import stat


def listed(folder: str) -> tuple[list[str], list[str]]:
    """The names of the folders in a folder, last first, and of the regular files; nothing where it cannot be read.

    Links are left out: what they lead to has a name of its own.
    """
    inner, names = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    inner.append(entry.name)
                elif stat.S_ISREG(mode):
                    names.append(entry.name)
    except OSError:
        return [], []
    return sorted(inner, reverse=True), sorted(names)
