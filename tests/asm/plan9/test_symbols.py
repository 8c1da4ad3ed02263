"""Names, relocations, slots and data of the Object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asm.plan9 import assemble
from asm.program import Relocation, RelocationKind, Slot, Symbol, SymbolKind

Symbols = Callable[..., dict[str, Symbol]]
PCREL, ABSOLUTE, TLS = RelocationKind.PCREL, RelocationKind.ABSOLUTE, RelocationKind.TLS

SEED = """TEXT syscall·RawSyscall(SB),7,$0
	MOVQ	16(SP), DI
	MOVQ	24(SP), SI
	MOVQ	32(SP), DX
	MOVQ	8(SP), AX	// syscall entry
	SYSCALL
	CMPQ	AX, $0xfffffffffffff001
	JLS	ok1
	MOVQ	$-1, 40(SP)	// r1
	MOVQ	$0, 48(SP)	// r2
	NEGQ	AX
	MOVQ	AX, 56(SP)  // errno
	RET
ok1:
	MOVQ	AX, 40(SP)	// r1
	MOVQ	DX, 48(SP)	// r2
	MOVQ	$0, 56(SP)	// errno
	RET
"""


@pytest.mark.parametrize("dialect", ["go2008", "go"])
def test_rawsyscall_of_2008(symbols: Symbols, dialect: str) -> None:
    symbol = symbols(SEED, dialect)["syscall.RawSyscall"]
    assert symbol.data.hex(" ").split(" c3 ")[0] == (
        "48 8b 7c 24 10 48 8b 74 24 18 48 8b 54 24 20 48 8b 44 24 08 0f 05 48 3d 01 f0 ff ff 76 1b"
        " 48 c7 44 24 28 ff ff ff ff 48 c7 44 24 30 00 00 00 00 48 f7 d8 48 89 44 24 38"
    )
    assert len(symbol.lines) == 16 and symbol.kind is SymbolKind.TEXT and symbol.duplicates_ok


@pytest.mark.parametrize(
    ("written", "package", "name"),
    [
        ("runtime·exit", None, "runtime.exit"),
        ("runtime∕debug·f", None, "runtime/debug.f"),
        ("·f", None, ".f"),
        ("·f", "syscall", "syscall.f"),
        ("·f", "internal/runtime/syscall/linux", "internal/runtime/syscall/linux.f"),
        ("plain", "syscall", "plain"),
    ],
)
def test_names(symbols: Symbols, written: str, package: str | None, name: str) -> None:
    assert list(symbols(f"TEXT {written}(SB),4,$0\nRET\n", package=package)) == [name]


def test_a_file_in_a_go_tree_knows_its_package(symbols: Symbols, tmp_path: Path) -> None:
    (tmp_path / "src" / "runtime").mkdir(parents=True)
    (tmp_path / "src" / "runtime" / "textflag.h").write_text("#define NOSPLIT 4\n")
    text = '#include "textflag.h"\nTEXT ·f(SB),NOSPLIT,$0\nRET\n'
    path = tmp_path / "src" / "internal" / "cpu" / "cpu_x86.s"
    assert list(symbols(text, path=str(path))) == ["internal/cpu.f"]


def test_static_symbols(symbols: Symbols) -> None:
    units = symbols("TEXT f<>(SB),4,$0\nJMP g<ABIInternal>(SB)\nTEXT h<ABIInternal>(SB),4,$0\nJMP f<>(SB)\n")
    assert [(s.name, s.static) for s in units.values()] == [("f", True), ("h", False)]
    assert [s.relocations[0].target for s in units.values()] == ["g", "f"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("CALL x(SB)", Relocation(1, 4, "x", PCREL, -4)),
        ("JMP x+8(SB)", Relocation(1, 4, "x", PCREL, 4)),
        ("MOVQ x(SB), AX", Relocation(3, 4, "x", PCREL, -4)),
        ("MOVQ $x+8(SB), AX", Relocation(3, 4, "x", PCREL, 4)),
        ("MOVL $5, x+8(SB)", Relocation(2, 4, "x", PCREL, 0)),
        ("ADDQ $1, x(SB)", Relocation(3, 4, "x", PCREL, -5)),
        ("CALL *x(SB)", Relocation(2, 4, "x", PCREL, -4)),
        ("QUAD $x+8(SB)", Relocation(0, 8, "x", ABSOLUTE, 8)),
        ("MOVQ TLS, CX; MOVQ 8(CX)(TLS*1), AX", Relocation(5, 4, "TLS", TLS, 8)),
    ],
)
def test_relocations(symbols: Symbols, statement: str, expected: Relocation) -> None:
    assert symbols(f"TEXT f(SB),4|512,$0\n{statement}\n")["f"].relocations == [expected]


def test_undefined_names_are_listed_with_their_first_use() -> None:
    text = "TEXT f(SB),7,$0\nCALL a(SB)\nJMP f(SB)\nCALL b(SB)\nCALL a(SB)\n"
    unit = assemble("x.s", text, dialect="go2008")
    assert {name: source.line for name, source in unit.references.items()} == {"a": 2, "b": 4}
    assert unit.file == "x.s"


SLOTS = (
    ("MOVQ x+0(FP), AX", Slot("x", 0, 8, True, False)),
    ("MOVL x+8(FP), AX", Slot("x", 8, 4, True, False)),
    ("MOVL AX, r+8(FP)", Slot("r", 8, 4, False, True)),
    ("MOVB $1, r+8(FP)", Slot("r", 8, 1, False, True)),
    ("MOVBLZX x+3(FP), AX", Slot("x", 3, 1, True, False)),
    ("MOVLQSX x+0(FP), AX", Slot("x", 0, 4, True, False)),
    ("ADDQ $1, x+0(FP)", Slot("x", 0, 8, True, True)),
    ("CMPQ x+0(FP), $0", Slot("x", 0, 8, True, False)),
    ("LEAQ x+0(FP), AX", Slot("x", 0, 8, True, True)),
    ("MOVQ $x+0(FP), AX", Slot("x", 0, 8, True, True)),
    ("MOVSD X0, r+16(FP)", Slot("r", 16, 8, False, True)),
    ("MOVUPS x+0(FP), X0", Slot("x", 0, 16, True, False)),
    ("CALL fn+0(FP)", Slot("fn", 0, 8, True, False)),
    ("MOVL x+0(FP), AX; MOVQ AX, y+0(FP)", Slot("x", 0, 8, True, True)),
)


@pytest.mark.parametrize(("statements", "expected"), SLOTS, ids=[row[0] for row in SLOTS])
@pytest.mark.parametrize("dialect", ["go2008", "go"])
def test_slots(symbols: Symbols, dialect: str, statements: str, expected: Slot) -> None:
    assert symbols(f"TEXT f(SB),7,$0\n{statements}\n", dialect)["f"].slots == [expected]


def test_slots_come_by_offset_and_locals_are_none(symbols: Symbols) -> None:
    text = "TEXT f(SB),7,$16\nMOVQ AX, r+8(FP)\nMOVQ a+0(FP), AX\nMOVQ AX, x-8(SP)\nMOVQ 8(SP), AX\n"
    assert [slot.name for slot in symbols(text)["f"].slots] == ["a", "r"]


def test_data(symbols: Symbols) -> None:
    text = """
DATA msg+0(SB)/5, $"hello"
DATA msg+8(SB)/4, $0x01020304
GLOBL msg(SB), 8, $16
DATA ptr+0(SB)/8, $msg+8(SB)
DATA ptr+8(SB)/8, $1.5
GLOBL ptr(SB), $16
GLOBL buffer<>(SB), 16|2, $4096
"""
    units = symbols(text, "go2008")
    assert units["msg"].data == b"hello\0\0\0\x04\x03\x02\x01\0\0\0\0"
    assert [(s.kind.value, s.size, s.static, s.duplicates_ok) for s in units.values()] == [
        ("rodata", 16, False, False),
        ("data", 16, False, False),
        ("bss", 4096, True, True),
    ]
    assert units["ptr"].relocations == [Relocation(0, 8, "msg", ABSOLUTE, 8)]
    assert units["ptr"].data[8:].hex() == "000000000000f83f"
    assert (units["buffer"].data, units["buffer"].align) == (b"", 32)
    assert [(e.offset, e.size, e.source.line) for e in units["msg"].lines] == [(0, 5, 2), (8, 4, 3)]


def test_float_constants_lie_in_read_only_data(symbols: Symbols) -> None:
    units = symbols("TEXT f(SB),4,$0\nMOVSD $1.5, X0\nADDSS $0.5, X1\nMOVSD $0.0, X2\nADDSD $1.5, X0\n")
    constants = [s for s in units.values() if s.kind is SymbolKind.RODATA]
    assert [(s.name, s.data.hex()) for s in constants] == [
        ("$f64.3ff8000000000000", "000000000000f83f"),
        ("$f32.3f000000", "0000003f"),
    ]
    assert "0f 57 d2" in units["f"].data.hex(" ")


def test_dupok_twice_is_allowed(symbols: Symbols) -> None:
    assert symbols("TEXT f(SB),7,$0\nRET\nTEXT f(SB),7,$0\nRET\n", "go2008")
