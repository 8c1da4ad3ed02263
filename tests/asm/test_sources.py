"""Reading files and choosing the front end."""

from __future__ import annotations

import pytest

from asm.errors import AssemblyErrors
from asm.program import SymbolKind
from asm.sources import assemble_file, assemble_text

RETURNS = {
    "att": ".globl f\nf: movl $010, %eax\nret\n",
    "intel": ".globl f\nf: mov eax, 010 ; comment\nret\n",
    "go": "TEXT f(SB), 4, $0\n\tMOVL $8, AX\n\tRET\n",
    "go2008": "TEXT f(SB),4,$0\n\tMOVL $8, AX\n\tRET\n",
}


@pytest.mark.parametrize("dialect", RETURNS)
def test_the_option_chooses_the_dialect(dialect):
    unit = assemble_text(RETURNS[dialect], "x.s", dialect=dialect)
    assert [(s.name, s.data.hex()) for s in unit.symbols] == [("f", "b808000000c3")]


@pytest.mark.parametrize(
    "first, dialect",
    [
        ("# dialect: att", "att"),
        ("  // dialect: att", "att"),
        ("/* dialect: att */", "att"),
        ("; dialect: intel", "intel"),
        ("\n\n# dialect:intel", "intel"),
        ("// dialect: go2008", "go2008"),
        ("// dialect: go", "go"),
        ("// hello", "go"),
    ],
)
def test_the_first_line_chooses_the_dialect(first, dialect):
    unit = assemble_text(f"{first}\n{RETURNS[dialect]}", "x.s")
    assert unit.symbols[0].data.hex() == "b808000000c3"


def test_the_option_outranks_the_first_line():
    assert assemble_text(f"# dialect: intel\n{RETURNS['att']}", "x.s", dialect="att").symbols


def test_an_unknown_dialect_in_the_first_line_is_an_error_there():
    with pytest.raises(AssemblyErrors) as caught:
        assemble_text("// dialect: nasm\n", "x.s")
    assert str(caught.value).startswith("x.s:1:13: unknown dialect 'nasm': one of go2008, go, intel, att\n")
    with pytest.raises(ValueError):
        assemble_text("", "x.s", dialect="nasm")


@pytest.mark.parametrize(
    "content, place",
    [
        (b"nop\n\x00", "2:1: not a text file: a NUL byte"),
        (b"nop\nn\xc3\xa9\xff", "2:3: not a text file: byte 0xff is not UTF-8"),
        (b"\x7fELF\x02\x01\x01\0\0", "1:8: not a text file: a NUL byte"),
    ],
)
@pytest.mark.parametrize("dialect", RETURNS)
def test_a_file_that_is_not_text(tmp_path, content, place, dialect):
    path = tmp_path / "x.s"
    path.write_bytes(content)
    with pytest.raises(AssemblyErrors) as caught:
        assemble_file(path, dialect=dialect)
    assert str(caught.value) == f"{path}:{place}"


def test_what_cannot_be_read(tmp_path):
    for path, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "none.s", "No such file or directory"),
        (tmp_path / "none.s" / "x.s", "No such file or directory"),
    ):
        with pytest.raises(AssemblyErrors) as caught:
            assemble_file(path)
        assert str(caught.value) == f"{path}:1:1: can't read this file: {reason}"
    with pytest.raises(AssemblyErrors, match="not a file name"):
        assemble_file("a\0b")


def test_a_source_without_end_is_not_read_for_ever():
    with pytest.raises(AssemblyErrors, match="can't read this file: it is larger than 16 MiB"):
        assemble_file("/dev/zero")


def test_line_ends_and_byte_order_marks_of_other_systems(tmp_path):
    path = tmp_path / "x.s"
    path.write_bytes(b"\xef\xbb\xbf# dialect: att\r\nf: ret\r\n")
    (symbol,) = assemble_file(path).symbols
    assert (symbol.data, symbol.source.text) == (b"\xc3", "f: ret")


def test_defines_and_includes(tmp_path):
    (tmp_path / "numbers.inc").write_text("TWO = ONE * 2\n")
    for dialect, line in (("att", "movl $TWO, %eax"), ("intel", "mov eax, TWO")):
        (symbol,) = assemble_text(
            f'.include "numbers.inc"\nf: {line}', "x.s",
            dialect=dialect, include_dirs=[tmp_path], defines={"ONE": "0x11"},
        ).symbols  # fmt: skip
        assert symbol.data.hex() == "b822000000"


def test_labels_become_symbols_and_hidden_ones_do_not():
    text = ".globl f\nf: nop\ng: nop\n.Lh: nop\n1: jmp 1b\n.data\n.byte 1\nd: .byte 2\n.comm c, 8\n"
    symbols = assemble_text(text, "x.s", dialect="att").symbols
    assert [(s.name, s.kind, s.size, s.static) for s in symbols] == [
        ("f", SymbolKind.TEXT, 1, False),
        ("g", SymbolKind.TEXT, 4, True),
        (".data", SymbolKind.DATA, 1, True),
        ("d", SymbolKind.DATA, 1, True),
        ("c", SymbolKind.BSS, 8, False),
    ]


def test_every_instruction_knows_its_line():
    (symbol,) = assemble_text("f: nop\n\nnop; ret\n", "x.s", dialect="att").symbols
    assert [(e.offset, e.size, e.source.line) for e in symbol.lines] == [(0, 1, 1), (1, 1, 3), (2, 1, 3)]


def test_a_name_given_its_value_later_is_a_number_in_intel_syntax():
    text = "f: mov edx, len\n.data\nmsg: .ascii \"four\"\nlen = . - msg\n"
    symbol = assemble_text(text, "x.s", dialect="intel").symbols[0]
    assert (symbol.data.hex(), symbol.relocations) == ("ba04000000", [])


def test_syntax_may_change_within_a_file():
    text = ".intel_syntax noprefix\nmov eax, 10\n.att_syntax\nmovl $10, %eax\n"
    (symbol,) = assemble_text(text, "x.s", dialect="att").symbols
    assert symbol.data.hex() == "b80a000000" * 2


def test_other_files_are_left_to_the_linker():
    unit = assemble_text("f: call g\n call h\nh: ret\n lea x(%rip), %rax\n", "x.s", dialect="att")
    assert {name: source.line for name, source in unit.references.items()} == {"g": 1, "x": 4}
