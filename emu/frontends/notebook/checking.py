"""check: scenarios, and what came of each of their cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from emu.errors import UserError
from emu.frontends.notebook.rich import Block, Column, Prose, Rich, Table
from emu.scenarios.check import find
from emu.scenarios.read import SUFFIX, parse, read
from emu.scenarios.verdict import ERROR, FAILED, PASSED, Verdict, judge

NAME = f"notebook{SUFFIX}"  # what a text without a file is called in messages
_WORDS = {PASSED: "passed", FAILED: "FAILED", ERROR: "can't be run"}


class Verdicts(Rich, Sequence[Verdict]):
    """What came of cases: `passed`, whether all did, and `failed`, those that did not.

    Each has `case` (its name), `status`, `findings` (`line`, `message`), `lines` (all that is said about it).
    """

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._verdicts = tuple(verdicts)

    def __len__(self) -> int:
        return len(self._verdicts)

    def __getitem__(self, index: Any) -> Any:
        return Verdicts(self._verdicts[index]) if isinstance(index, slice) else self._verdicts[index]

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return not self.failed

    @property
    def failed(self) -> Verdicts:
        """The cases that did not pass."""
        return Verdicts([each for each in self._verdicts if each.status != PASSED])

    def blocks(self) -> Iterator[Block]:
        heads = (("case", False), ("", False), ("line", True), ("what is not so", False))
        table = Table("", [Column(head, number=number, prose=True) for head, number in heads])
        for each in self._verdicts:
            marked = each.status != PASSED
            rows = list(_told(each))
            table.add(each.case, _WORDS[each.status], *rows[0], marked=marked)
            for row in rows[1:]:
                table.add("", "", *row, marked=marked)
        yield table
        for each in self.failed:
            if each.excerpt:
                yield Prose("\n".join((f"{each.case}:", *each.excerpt)), fixed=True)


def _told(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """What is said of a case, with its line, each a row; at least one."""
    if not verdict.findings:
        yield str(verdict.line), verdict.error
    for found in verdict.findings:
        yield str(found.line), found.message
        yield from (("", detail) for detail in found.details)


def check(scenario: str | Path) -> Verdicts:
    """Runs the cases of a scenario: the text of a TOML file, or the path of one, or of a folder with *.ringside.toml
    in it. Paths in a text count from the current folder. Raises UserError, with its line, for what makes no sense.

    >>> from emu import check
    >>> check('''
    ... call = "rawsyscall"
    ... arguments = ["close", 99]
    ... [[case]]
    ... name = "an error is negated"
    ... expect.errno = "EBADF"
    ... [[case]]
    ... name = "at the border"
    ... next = ["close returns -4095"]
    ... expect.errno = 0
    ... ''')
    case                         line  what is not so
    an error is negated  passed     3
    at the border        passed     6
    """
    if not isinstance(scenario, (str, Path)):
        raise UserError(f"a scenario is a text or a path, not {scenario!r}")
    if isinstance(scenario, str) and _is_text(scenario):
        cases = parse(scenario.lstrip("\n"), Path(NAME))
    else:
        cases = [case for file in find([str(scenario)]) for case in read(file)]
    return Verdicts([judge(case) for case in cases])


def _is_text(scenario: str) -> bool:
    return "\n" in scenario or ("=" in scenario and not Path(scenario).exists())
