"""sweep: which kernel answers a stub takes for errors, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emu import arguments as typed
from emu.errors import UserError
from emu.frontends.notebook.code import Code, known_system, user_errors
from emu.frontends.notebook.plan import Argument, Target, as_typed
from emu.frontends.notebook.rich import Block, Column, Prose, Rich, Table
from emu.target import personality, resolve

if TYPE_CHECKING:
    from emu.sweeps import Range, Report


class SweepResult(Rich):
    """What a stub took for errors, beside the kernel's own rule: `ranges` has `first`, `last`, `carry`, `tested`,
    `routine` and `kernel` of each; `differing` those where the two differ."""

    def __init__(self, report: Report, title: str, system: str) -> None:
        self.report, self.title, self.system = report, title, system
        self.ranges: tuple[Range, ...] = report.ranges

    @property
    def differing(self) -> tuple[Range, ...]:
        """The ranges where stub and kernel differ."""
        from emu.frontends.sweep_command import differ

        return tuple(found for found in self.ranges if differ(found))

    def blocks(self) -> Iterator[Block]:
        from emu.frontends.sweep_command import VERBS, bounds, differ, remarks

        carry = self.system == "darwin"
        heads = [Column("carry flag", number=True)] if carry else []
        heads += [Column("answers (signed)"), Column("tested", number=True)]
        heads += [Column(head, prose=True) for head in ("the stub", "the kernel", "")]
        table = Table(f"{self.title} on {self.system}: {self.report.calls:,} calls", heads)
        for found in self.ranges:
            cells = [str(int(found.carry))] if carry else []
            cells += [bounds(found.first, found.last), f"{found.tested:,}", VERBS[found.routine]]
            cells += [f"means {found.kernel.value}", "they differ" if differ(found) else ""]
            table.add(*cells, marked=differ(found))
        yield table
        yield Prose("\n".join(remarks(self.report, self.system)))


def sweep(target: Target, *arguments: Argument, system: str = "linux", seed: int = 1) -> SweepResult:
    """Runs a routine against every kernel answer from -4200 to 4200, both ends of the 64-bit range and 10,000 random
    values, and says which it took for errors. Raises UserError.

    >>> from emu import sweep
    >>> [(r.first, r.last, r.routine.value, r.kernel.value) for r in sweep("rawsyscall").differing]
    [(-4095, -4095, 'result', 'error')]
    """
    from emu.machine import Machine
    from emu.sweeps import NothingToSweep, Sweep, answers

    of = personality(known_system(system))
    with user_errors():
        found = target.target() if isinstance(target, Code) else resolve(target, system)
        call = found.prepare(Machine(of))
        texts = [as_typed(argument) for argument in arguments]
        swept = Sweep(call, typed.parse_all(texts, call.arguments, of))
    try:
        report = swept.run(answers((False, True) if system == "darwin" else (False,), seed))
    except NothingToSweep as error:
        raise UserError(f"{found.name}: {error}: there is nothing to sweep") from None
    return SweepResult(report, found.name, system)
