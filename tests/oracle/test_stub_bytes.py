"""The stubs' bytes against today's Go assembler.

Today's assembler differs from that of 2008 in one thing that these files show: it saves the frame
pointer. So each TEXT gets NOFRAME, and a frame is made by hand, as 6l made it: SUBQ at entry and ADDQ
before each RET. Nothing else of a source is changed.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from asm import plan9
from asm.program import SymbolKind
from asm.stubs import RUNS, STUBS, read

FILES = sorted({file for row in (*STUBS, *RUNS) for file in row.files})
NOFRAME = 512
TEXT = re.compile(r"^TEXT (?P<name>\S+)\(SB\),(?P<flags>\d+),\$(?P<frame>-?\d+)(?:-\d+)?$")
HEADER = re.compile(r"^(?P<name>\S+) S(?:TEXT|DATA|RODATA|BSS|NOPTRDATA|NOPTRBSS)\b.* size=(?P<size>\d+)")
DUMP = re.compile(r"^\t0x[0-9a-f]+ (?P<bytes>(?:[0-9a-f]{2} )+)")
RELOCATION = re.compile(r"^\trel (?P<offset>\d+)\+(?P<length>\d+) t=\S+ (?P<target>\S+?)\+-?[0-9a-f]+$")


@dataclass
class Listed:
    """A symbol as an assembler made it; relocated fields count as zero."""

    data: bytearray = field(default_factory=bytearray)
    relocations: set[tuple[int, int, str]] = field(default_factory=set)
    size: int = 0

    def mask(self) -> None:
        for offset, length, _ in self.relocations:
            self.data[offset : offset + length] = bytes(length)


def adapted(text: str) -> str:
    """The source for today's assembler."""
    lines = []
    frame = 0
    for line in text.splitlines():
        if match := TEXT.match(line):
            frame = max(int(match["frame"]), 0)
            lines.append(f"TEXT {match['name']}(SB),{int(match['flags']) | NOFRAME},$0")
            if frame:
                lines.append(f"\tSUBQ\t${frame}, SP")
            continue
        if frame and line.partition("//")[0].strip() == "RET":
            lines.append(f"\tADDQ\t${frame}, SP")
        lines.append(line)
    return "\n".join(lines) + "\n"


def go_assembled(go: str, file: str, folder: Path) -> dict[str, Listed]:
    """Every symbol of the source, from `go tool asm -S`."""
    source = folder / "stub.s"
    source.write_text(adapted(read(file)), encoding="utf-8")
    command = [go, "tool", "asm", "-S", "-p", "stub", "-o", str(folder / "stub.o"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    symbols: dict[str, Listed] = {}
    for line in done.stdout.splitlines():
        if match := HEADER.match(line):
            current = symbols.setdefault(match["name"], Listed())
            current.size = int(match["size"])
        elif match := DUMP.match(line):
            current.data += bytes.fromhex(match["bytes"])
        elif match := RELOCATION.match(line):
            current.relocations.add((int(match["offset"]), int(match["length"]), match["target"]))
    for symbol in symbols.values():
        symbol.data = symbol.data.ljust(symbol.size, b"\0")  # zeros at the end of data are not printed
        symbol.mask()
    return symbols


def ours_assembled(file: str) -> dict[str, Listed]:
    symbols = {}
    for symbol in plan9.assemble(file, read(file), dialect="go2008").symbols:
        relocations = {(r.offset, r.length, r.target) for r in symbol.relocations}
        symbols[symbol.name] = Listed(bytearray(symbol.data.ljust(symbol.size, b"\0")), relocations)
        symbols[symbol.name].mask()
    return symbols


@pytest.mark.parametrize("file", FILES)
def test_same_bytes_as_gos_assembler(file: str, require_tool: Callable[..., str], tmp_path: Path):
    theirs = go_assembled(require_tool("go"), file, tmp_path)
    ours = ours_assembled(file)
    assert ours.keys() == theirs.keys()
    for name, symbol in theirs.items():
        assert ours[name].data.hex(" ") == symbol.data.hex(" "), name
        assert ours[name].relocations == symbol.relocations, name


def test_the_adaptation_reaches_every_text_line():
    for file in FILES:
        lines = [line for line in read(file).splitlines() if line.startswith("TEXT")]
        symbols = plan9.assemble(file, read(file), dialect="go2008").symbols
        assert len(lines) == sum(symbol.kind is SymbolKind.TEXT for symbol in symbols), file
        assert all(TEXT.match(line) for line in lines), file
