"""Exercises of the notebooks: each checks an answer by running it, and gives its hints one at a time.

In a notebook, `from checks.n01 import boundary`, then `boundary.check(answer)` and `boundary.hint()`. The answers
are not written down here: a check asks the emulator, as the reader could.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape


def as_what(verdict: str) -> str:
    """How a sentence calls what a sweep found an answer to be taken for: error, result or other."""
    return {"error": "an error", "result": "a result"}.get(verdict, "neither an error nor a result")


@dataclass(frozen=True)
class Verdict:
    """What came of an answer, as a notebook or a terminal shows it. False while it isn't right."""

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return f"{'✓ Right' if self.right else '✗ Not yet'}: {self.text}"

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.right else "#b35900"
        style = f"border-left: 0.3em solid {colour}; padding-left: 0.6em; white-space: pre-wrap"
        return f'<p role="status" style="{style}">{escape(repr(self))}</p>'


@dataclass
class Exercise:
    """One exercise. `judge(answer)` returns None if the answer is right, else one sentence on what it does wrong;
    what it raises is shown as such a sentence. `praise` says what the right answer means."""

    judge: Callable[[object], str | None]
    praise: str
    hints: tuple[str, ...]
    _given: int = field(default=0, init=False, repr=False)

    def check(self, answer: object) -> Verdict:
        """Whether the answer is right; `...` stands for no answer yet."""
        if answer is ...:
            return Verdict(False, "put your answer in the place of the three dots, and run the cell again")
        try:
            wrong = self.judge(answer)
        except Exception as error:  # an answer may be code, and anything may be wrong with it
            wrong = f"{type(error).__name__}: {error}"
        return Verdict(wrong is None, self.praise if wrong is None else wrong)

    def hint(self) -> str:
        """The next hint; after the last one they begin anew."""
        text = self.hints[self._given % len(self.hints)]
        self._given += 1
        return f"Hint {(self._given - 1) % len(self.hints) + 1} of {len(self.hints)}: {text}"
