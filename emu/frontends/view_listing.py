"""The two listings beside a run: machine code, and the source files that it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asm.program import Program
    from emu.disassembler import Disassembler
    from emu.events import Step


class Listing:
    """Instructions by address, those that did not run as well, as far as source lines say where they begin.

    `files` has, by file, its lines as lists: number, text, and for those that became code 1.
    """

    def __init__(self, program: Program, disassembler: Disassembler) -> None:
        self._code: dict[int, tuple[str, str]] = {}
        files: dict[str, dict[int, str]] = {}
        for placed in program:
            for line in placed.symbol.lines:
                files.setdefault(line.source.file, {})[line.source.line] = line.source.text
                at, end = placed.address + line.offset, placed.address + line.offset + line.size
                while at < end and at not in self._code:
                    decoded = disassembler.decode(at, program.read(at, end - at))
                    self._code[at] = program.read(at, decoded.size).hex(), decoded.text
                    at += decoded.size
        self.files = {file: _lines(file, known) for file, known in files.items()}

    def saw(self, step: Step) -> None:
        """An instruction as it ran: code can be written while it runs."""
        if step.code:
            self._code[step.address] = step.code.hex(), step.disassembly

    def code(self) -> list[list[str]]:
        """Address, bytes and text of instructions, in order."""
        return [[hex(address), *code] for address, code in sorted(self._code.items())]


def _lines(file: str, known: dict[int, str]) -> list[list[Any]]:
    """A source's lines: all where it can be read, else those that became code."""
    from asm import AssemblyErrors, stubs
    from asm.sources import read_source

    for reader in (stubs.read, read_source):
        try:
            lines = reader(file).split("\n")
        except (OSError, LookupError, ValueError, AssemblyErrors):
            continue
        if all(number <= len(lines) and lines[number - 1] == text for number, text in known.items()):
            return [[number, text, *([1] if number in known else [])] for number, text in enumerate(lines, 1)]
    return [[number, text, 1] for number, text in sorted(known.items())]
