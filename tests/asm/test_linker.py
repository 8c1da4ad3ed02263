"""Placing symbols, filling relocations, and what the linker refuses."""

from __future__ import annotations

import pytest

from asm.errors import AssemblyErrors
from asm.linker import PAGE, link
from asm.program import (
    AmbiguousSymbol,
    LineEntry,
    Object,
    Relocation,
    RelocationKind,
    SourceLine,
    Symbol,
    SymbolKind,
    SymbolNotFound,
)

CALL = b"\xe8\0\0\0\0"


def symbol(name, data=b"", kind=SymbolKind.TEXT, file="a.s", line=1, size=None, **more):
    source = SourceLine(file, line, f"TEXT {name}(SB),4,$0")
    return Symbol(name, kind, data, len(data) if size is None else size, source, **more)


def pcrel(offset, target):
    return Relocation(offset, 4, target, RelocationKind.PCREL, -4)


def call(name, target, **more):
    return symbol(name, CALL, relocations=[pcrel(1, target)], **more)


def test_a_call_holds_the_distance_from_its_end():
    program = link([Object("a.s", [call("f", "g"), symbol("g", b"\xc3", align=16)])])
    assert program.symbols["g"].address == 0x400010
    assert program.read(0x400000, 5) == b"\xe8" + (0x10 - 5).to_bytes(4, "little")


def test_padding_between_routines_is_int3():
    program = link([Object("a.s", [symbol("f", b"\xc3"), symbol("g", b"\xc3", align=16)])])
    assert program.read(0x400000, 17) == b"\xc3" + b"\xcc" * 15 + b"\xc3"


def test_each_kind_gets_pages_and_protections_of_its_own():
    kinds = [SymbolKind.BSS, SymbolKind.DATA, SymbolKind.RODATA, SymbolKind.TEXT]
    contents = {SymbolKind.BSS: b""}
    symbols = [symbol(kind.value, contents.get(kind, b"x"), kind, size=24) for kind in kinds]
    program = link([Object("a.s", symbols)])
    assert [(s.address, s.size, s.writable, s.executable) for s in program.segments] == [
        (0x400000, 24, False, True),
        (0x401000, 24, False, False),
        (0x402000, 24, True, False),
        (0x403000, 24, True, False),
    ]
    assert program.segments[3].data == b""
    assert program.read(0x403000, 24) == bytes(24)
    assert all(segment.address % PAGE == 0 for segment in program.segments)


def test_absolute_fields_of_both_widths():
    pointers = symbol(
        "p",
        bytes(12),
        SymbolKind.DATA,
        relocations=[
            Relocation(0, 8, "f", RelocationKind.ABSOLUTE, 3),
            Relocation(8, 4, "f", RelocationKind.ABSOLUTE, -1),
        ],
    )
    program = link([Object("a.s", [symbol("f", b"\xc3"), pointers])])
    address = program.symbols["p"].address
    assert program.read(address, 8) == (0x400003).to_bytes(8, "little")
    assert program.read(address + 8, 4) == (0x3FFFFF).to_bytes(4, "little")


def test_the_thread_slot_lies_8_bytes_below_fs():
    load = symbol("f", bytes(9), relocations=[Relocation(5, 4, "runtime.tlsg", RelocationKind.TLS, 0)])
    program = link([Object("a.s", [load])])
    assert program.read(0x400005, 4) == (-8).to_bytes(4, "little", signed=True)


def test_static_symbols_are_seen_in_their_own_file_only():
    first = Object("a.s", [call("f", "help"), symbol("help", b"\x90", static=True)])
    second = Object("b.s", [call("g", "help"), symbol("help", b"\xc3", static=True)])
    program = link([first, second])
    for name, byte in (("f", b"\x90"), ("g", b"\xc3")):
        start = program.symbols[name].address
        distance = int.from_bytes(program.read(start + 1, 4), "little", signed=True)
        assert program.read(start + 5 + distance, 1) == byte


def test_a_static_symbol_does_not_satisfy_another_file():
    with pytest.raises(AssemblyErrors, match="undefined symbol help"):
        link([Object("a.s", [symbol("help", b"\xc3", static=True)]), Object("b.s", [call("g", "help")])])


def test_duplicates_name_both_places():
    with pytest.raises(AssemblyErrors) as caught:
        link([Object("a.s", [symbol("f", line=3)]), Object("b.s", [symbol("f", file="b.s", line=7)])])
    assert str(caught.value) == "b.s:7:6: f is already defined at a.s:3\nTEXT f(SB),4,$0\n     ^"


def test_of_dupok_symbols_the_first_definition_wins():
    program = link(
        [
            Object("a.s", [symbol("f", b"\x90", duplicates_ok=True)]),
            Object("b.s", [symbol("f", b"\xc3", duplicates_ok=True)]),
        ]
    )
    assert program.read(program.symbols["f"].address, 1) == b"\x90"
    assert len(list(program)) == 1


def test_all_undefined_symbols_are_reported_each_at_its_first_use():
    lines = [SourceLine("a.s", 4, "\tCALL\tnowhere(SB)"), SourceLine("a.s", 5, "\tCALL\tpkg·gone(SB)")]
    caller = symbol(
        "f",
        CALL * 2,
        relocations=[pcrel(1, "nowhere"), pcrel(6, "pkg.gone"), pcrel(1, "nowhere")],
        lines=[LineEntry(0, 5, lines[0]), LineEntry(5, 5, lines[1])],
    )
    with pytest.raises(AssemblyErrors) as caught:
        link([Object("a.s", [caller])])
    errors = caught.value.errors
    assert [(e.line, e.column, e.message) for e in errors] == [
        (4, 7, "undefined symbol nowhere"),
        (5, 7, "undefined symbol pkg.gone"),
    ]


def test_the_front_ends_own_note_of_a_first_use_comes_first():
    noted = SourceLine("a.s", 9, "CALL gone(SB)")
    with pytest.raises(AssemblyErrors) as caught:
        link([Object("a.s", [call("f", "gone")], {"gone": noted})])
    assert caught.value.errors[0].line == 9


def test_undefined_symbols_may_be_left_open():
    program = link([Object("a.s", [call("f", "gone")])], allow_undefined=True)
    assert program.unresolved == ("gone",)
    assert program.read(0x400000, 5) == CALL


# The field lies at text + 1, `far` on the next page after the gap: S + A - P = gap + 0x1000 - 4 - 1.
@pytest.mark.parametrize("gap, fits", [(0x7FFFFFFF - 0xFFB, True), (0x80000000 - 0xFFB, False)])
def test_a_relative_field_reaches_31_bits(gap, fits):
    far = [symbol("gap", kind=SymbolKind.BSS, size=gap), symbol("far", kind=SymbolKind.BSS, size=8)]
    unit = Object("a.s", [call("f", "far"), *far])
    if fits:
        assert link([unit]).read(0x400001, 4) == b"\xff\xff\xff\x7f"
    else:
        with pytest.raises(AssemblyErrors, match="far is out of reach: 0x80000000 doesn't fit 4 bytes"):
            link([unit])


@pytest.mark.parametrize("base, fits", [(0x100000, True), (0xFFFFF000, True), (0x100000000, False)])
def test_a_4_byte_absolute_field_holds_32_bits(base, fits):
    own_address = Relocation(0, 4, "f", RelocationKind.ABSOLUTE, 0)
    unit = Object("a.s", [symbol("f", bytes(4), relocations=[own_address])])
    if fits:
        assert link([unit], base=base).read(base, 4) == base.to_bytes(4, "little")
    else:
        with pytest.raises(AssemblyErrors, match="f is out of reach: 0x100000000 doesn't fit 4 bytes"):
            link([unit], base=base)


@pytest.mark.parametrize(
    "names, entry, expected",
    [
        (["f", "_start"], None, "_start"),
        (["f", "_rt0_amd64_linux"], None, "_rt0_amd64_linux"),
        (["f", "g"], None, "f"),
        (["f", "main.g"], "g", "main.g"),
    ],
)
def test_the_entry(names, entry, expected):
    program = link([Object("a.s", [symbol(name, b"\xc3") for name in names])], entry=entry)
    assert program.entry == program.symbols[expected].address


def test_a_program_without_text_has_no_entry():
    assert link([Object("a.s", [symbol("d", b"x", SymbolKind.DATA)])]).entry is None


NAMES = [
    "runtime.write1",
    "runtime.getpid",
    "syscall.RawSyscall",
    "internal/runtime/syscall.Syscall6",
    "a.read",
    "b.read",
]


@pytest.mark.parametrize(
    "typed, found",
    [
        ("runtime·write1", "runtime.write1"),
        ("runtime.write1", "runtime.write1"),
        ("write1", "runtime.write1"),
        ("·getpid", "runtime.getpid"),
        ("RawSyscall", "syscall.RawSyscall"),
        ("internal∕runtime∕syscall·Syscall6", "internal/runtime/syscall.Syscall6"),
        ("syscall.Syscall6", "internal/runtime/syscall.Syscall6"),
        ("a.read", "a.read"),
    ],
)
def test_names_are_found_as_users_type_them(typed, found):
    program = link([Object("a.s", [symbol(name, b"\xc3") for name in NAMES])])
    assert program.find(typed).symbol.name == found


def test_an_unknown_name_lists_close_ones():
    program = link([Object("a.s", [symbol(name, b"\xc3") for name in NAMES])])
    with pytest.raises(SymbolNotFound, match=r"no symbol 'rawsycall'; close to it: syscall.RawSyscall"):
        program.find("rawsycall")
    for nothing in ("", "·", "zzzzzz"):
        with pytest.raises(LookupError):
            program.find(nothing)


def test_an_ambiguous_name_lists_all_it_may_mean():
    program = link([Object("a.s", [symbol(name, b"\xc3") for name in NAMES])])
    with pytest.raises(AmbiguousSymbol, match=r"'read' may mean a.read \(a.s\), b.read \(a.s\)"):
        program.find("read")


def test_the_way_back_from_an_address():
    line = SourceLine("a.s", 2, "RET")
    program = link([Object("a.s", [symbol("f", b"\x90\xc3", lines=[LineEntry(1, 1, line)])])])
    assert program.symbol_at(0x400001).symbol.name == "f"
    assert program.symbol_at(0x400002) is None
    assert program.symbol_at(0) is None
    assert program.line_at(0x400001) == line
    assert program.line_at(0x400000) is None
    with pytest.raises(ValueError):
        program.read(0x400000, 3)
