"""Steps, and the report that prints what each tried, what it expected and what came back."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

Outcome = tuple[str, bool]
"""What came back, in words, and whether it was what the step expected."""


@dataclass(frozen=True)
class Step:
    """One thing to try."""

    title: str
    tried: str
    expected: str
    run: Callable[[Any], Outcome]


class Chapter(list[Step]):
    """Steps in order. Each function that `step` decorates becomes one."""

    def step(self, title: str, *, tried: str, expected: str) -> Callable[[Callable[[Any], Outcome]], Any]:
        def add(run: Callable[[Any], Outcome]) -> Callable[[Any], Outcome]:
            self.append(Step(title, tried, expected, run))
            return run

        return add


MOST = 3
"""Failed checks that are shown of one step."""


class Report:
    """Prints each step as it ends, in colour on a terminal only, and counts."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.coloured = out.isatty()
        self.steps = self.failed = 0

    def section(self, title: str) -> None:
        self._say(f"\n{self._paint('1', title)}\n")

    def run(self, step: Step, context: Any) -> None:
        """Run one step and show it. A step that raises has failed, and the next one runs."""
        self.steps += 1
        try:
            came_back, good = step.run(context)
        except Exception:
            came_back, good = traceback.format_exc(limit=-3).strip().replace("\n", "\n" + " " * 14), False
        self.failed += not good
        self.show(step, came_back, good, [line for line in context.seen() if line["check"]])

    def show(self, step: Step, came_back: str, good: bool, refused: list[dict[str, Any]]) -> None:
        """Show the outcome of a step, and the failed checks that the server saw."""
        verdict = self._paint("32", "ok") if good else self._paint("31;1", "FAILED")
        self._say(f"{self.steps:3} {self._paint('1', step.title)}")
        self._say(f"    tried     {step.tried}")
        self._say(f"    expected  {step.expected}")
        self._say(f"    came back {came_back}  {verdict}")
        for check in list(dict.fromkeys(line["check"] for line in refused))[:MOST]:
            self._say(f"    saw       {check}")
        self._say("")

    def close(self) -> int:
        """Print the last line and return the exit code."""
        self._say(f"{self.steps} steps, {self.failed} failed")
        return 1 if self.failed else 0

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.coloured else text

    def _say(self, text: str) -> None:
        print(text, file=self.out, flush=True)


class Lines(Report):
    """The same for programs: a line of JSON for each step."""

    def section(self, title: str) -> None:
        """A section has no line of its own: a step is found by its number."""

    def show(self, step: Step, came_back: str, good: bool, refused: list[dict[str, Any]]) -> None:
        """Write the line."""
        shown = {"number": self.steps, "came_back": came_back, "good": good, "seen": refused[-8:]}
        self._say(json.dumps(shown))

    def close(self) -> int:
        """Return the exit code."""
        return 1 if self.failed else 0
