"""One routine of a file, assembled again and again with other statements.

What stays the same is done once: the file is read and parsed once, and Keystone sees each new
instruction once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from asm.errors import AssemblyErrors
from asm.plan9.diagnostics import Report
from asm.plan9.pieces import Encoded, Intel
from asm.plan9.statements import Instruction
from asm.plan9.unit import Unit
from asm.program import Symbol


class Variants:
    """The TEXT that the linker knows as `symbol`, in the source `text` of the file `path`.

    The other arguments are those of `asm.plan9.assemble`. Raises AssemblyErrors, and LookupError if the file
    has no such TEXT.
    """

    def __init__(
        self,
        path: str,
        text: str,
        symbol: str,
        *,
        dialect: str,
        include_dirs: Sequence[str] = (),
        defines: Mapping[str, str] | None = None,
        package: str | None = None,
    ) -> None:
        self._unit = Unit(path, text, dialect, include_dirs, defines or {}, package)
        found = self._unit.routine(symbol)
        if found is None:
            raise LookupError(f"{path} has no TEXT {symbol}")
        self._routine = found
        self._encoded: dict[Intel, Encoded | str] = {}

    @property
    def body(self) -> tuple[Instruction, ...]:
        """The routine's statements as written."""
        return tuple(self._routine.body)

    @property
    def labels(self) -> dict[int, list[str]]:
        """The labels that stand before each statement, by its index."""
        found: dict[int, list[str]] = {}
        for name, (index, _) in self._routine.labels.items():
            found.setdefault(index, []).append(name)
        return found

    def assemble(self, body: Sequence[Instruction]) -> Symbol:
        """The routine with these statements; labels stand before the statements of the same number.

        Raises AssemblyErrors.
        """
        routine = replace(self._routine, body=list(body), report=Report())
        built = self._unit.assemble(routine, self._encoded)
        if built.report.errors:
            raise AssemblyErrors(built.report.errors)
        return built.symbol
