"""What an audit asked of the Python files: which it read, and which it only searched for words.

This is what makes a second run quick: a file that changed and that answers every search as before, with no,
cannot change a finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(slots=True)
class Asked:
    """Grows while the rules run."""

    read: set[str] = field(default_factory=set)
    any_of: set[tuple[str, ...]] = field(default_factory=set)
    all_of: set[tuple[str, ...]] = field(default_factory=set)
    patterns: set[tuple[bytes, int]] = field(default_factory=set)

    def answers_no(self, data: bytes) -> bool:
        """Whether a file with this content would be found by none of the searches."""
        return not (
            any(word.encode() in data for words in self.any_of for word in words)
            or any(all(word.encode() in data for word in words) for words in self.all_of)
            or any(re.search(pattern, data, flags) for pattern, flags in self.patterns)
        )
