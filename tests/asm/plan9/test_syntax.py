"""Lexer, preprocessor, expressions, jumps: how a text is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asm.program import Symbol

Code = Callable[..., str]
Symbols = Callable[..., dict[str, Symbol]]
NOP = "BYTE $0x90"

EXPRESSIONS = (
    ("1+2*3", 7),
    ("(1+2)*3", 9),
    ("0x2000000+46", 0x200002E),
    ("10-3-2", 5),
    ("1<<4|3", 19),
    ("0xff&0x0f", 15),
    ("6^3", 5),
    ("7%4", 3),
    ("100/7/2", 7),
    ("~15", -16),
    ("-1", -1),
    ("--5", 5),
    ("~-1", 0),
    ("-~0", 1),
    ("+5", 5),
    ("0377", 255),
    ("0b101", 5),
    ("0o17", 15),
    ("'a'", 97),
    ("'\\n'", 10),
    ("'\\x41'", 65),
    ("1<<70", 0),
    ("256>>4", 16),
    ("(5+15)/16*16", 16),
    ("0xffffffffffffffff", -1),
    ("0xfffffffffffff001", -4095),
)


@pytest.mark.parametrize(("text", "value"), EXPRESSIONS)
def test_constant_expressions(code: Code, text: str, value: int) -> None:
    assert code(f"QUAD $({text})") == (value & (1 << 64) - 1).to_bytes(8, "little").hex(" ")


@pytest.mark.parametrize(
    "text",
    [
        "BYTE $1; BYTE $2",
        "BYTE $1 // comment ; BYTE $3\nBYTE $2",
        "BYTE /* a */ $1; /* b\n c */ BYTE $2",
        "\tBYTE\t$1\r\n\n;;\nBYTE $2\r",
        "a: BYTE $1; b: c: BYTE $2",
        "BYTE $1 /* ** / // */ ; BYTE $2",
    ],
)
def test_white_space_comments_and_semicolons(code: Code, text: str) -> None:
    assert code(text) == "01 02"


def test_a_comment_with_newlines_keeps_line_numbers(symbols: Symbols) -> None:
    symbol = symbols("/*\n*/ TEXT f(SB), 4, $0\nRET\n")["f"]
    assert (symbol.source.line, symbol.lines[0].source.line) == (2, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#define N 5\nBYTE $N", "05"),
        ("#define TWO(a, b) BYTE $a; BYTE $b\nTWO(1, (2+3))", "01 05"),
        ("#define BOTH() BYTE $1 \\\n  BYTE $2\nBOTH()", "01 02"),
        ("#define A B\n#define B 7\nBYTE $A", "07"),
        ("#define g(r) 0(r)\nMOVQ g(CX), AX", "48 8b 01"),
        ("#define n 3 // three\nBYTE $n", "03"),
        ("#define A (1+1)\nBYTE $A*2", "04"),
        ("#define A 1\n#undef A\n#define A 2\nBYTE $A", "02"),
        ("#define X\n#ifdef X\nBYTE $1\n#else\nBYTE $2\n#endif", "01"),
        ("#ifndef X\nBYTE $1\n#else\nBYTE $2\n#endif", "01"),
        ("#ifdef X\n#ifdef Y\nBYTE $0\n#else\nBYTE $1\n#endif\n#define Z 9\n#else\nBYTE $2\n#endif", "02"),
        ("#define DEAD -100\nMOVL $DEAD, AX", "b8 9c ff ff ff"),
        ("#define f(x) BYTE $x\nf(1)\nf(2)", "01 02"),
        ('#line 5 "x"\nBYTE $1', "01"),
    ],
)
def test_macros_and_conditions(code: Code, text: str, expected: str) -> None:
    assert code(text) == expected


def test_what_a_macro_makes_belongs_to_the_line_that_uses_it(symbols: Symbols) -> None:
    text = "#define TWO BYTE $1 \\\nBYTE $2\nTEXT f(SB), 4, $0\n\tTWO // both\n"
    assert [(e.size, e.source.line, e.source.text) for e in symbols(text)["f"].lines] == [
        (1, 4, "\tTWO // both"),
        (1, 4, "\tTWO // both"),
    ]


def test_defines_of_the_caller(code: Code) -> None:
    assert code("BYTE $N", defines={"N": "(3+4)"}) == "07"


@pytest.mark.parametrize(
    ("path", "defined"),
    [("sys_linux_amd64.s", "linux"), ("x_darwin_amd64.s", "darwin"), ("y_plan9.s", "plan9"), ("z_amd64.s", None)],
)
def test_the_system_comes_from_the_name_of_the_file(symbols: Symbols, path: str, defined: str | None) -> None:
    names = ("linux", "darwin", "plan9")
    tests = "".join(f"#ifdef GOOS_{name}\nBYTE $'{name[0]}'\n#endif\n" for name in names)
    text = f"TEXT f(SB), 4, $0\n{tests}#ifdef GOARCH_amd64\nBYTE $0\n#endif\n"
    expected = (defined[0] if defined else "") + "\0"
    assert symbols(text, path=path)["f"].data == expected.encode()


def test_a_given_system_wins_over_the_name(symbols: Symbols) -> None:
    text = "TEXT f(SB), 4, $0\nMOVQ (TLS), AX\n"
    gs = symbols(text, path="x_linux_amd64.s", defines={"GOOS_darwin": "1"})["f"]
    fs = symbols(text, path="x_linux_amd64.s")["f"]
    assert (gs.data[0], fs.data[0]) == (0x65, 0x64)


def test_includes_are_looked_for_beside_the_file_then_in_the_folders(symbols: Symbols, tmp_path: object) -> None:
    import pathlib

    root = pathlib.Path(str(tmp_path))
    for folder, value in (("here", 1), ("there", 2), ("there/sub", 3)):
        (root / folder).mkdir()
        (root / folder / "n.h").write_text(f"#define N {value}\n")
    (root / "there" / "two.h").write_text('#include "sub/n.h"\n')
    text = '#include "{}"\nTEXT f(SB), 4, $0\nBYTE $N\n'
    folders = [str(root / "there")]
    beside = symbols(text.format("n.h"), path=str(root / "here" / "a.s"), include_dirs=folders)
    given = symbols(text.format("n.h"), path=str(root / "a.s"), include_dirs=folders)
    nested = symbols(text.format("two.h"), path=str(root / "a.s"), include_dirs=folders)
    assert [unit["f"].data[0] for unit in (beside, given, nested)] == [1, 2, 3]


def test_flags_by_name_without_a_go_tree(code: Code, symbols: Symbols) -> None:
    text = '#include "textflag.h"\n#include "funcdata.h"\nTEXT f(SB), NOSPLIT|NOFRAME, $0\nNO_LOCAL_POINTERS\nRET\n'
    assert symbols(text)["f"].data == b"\xc3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JMP 2(PC); BYTE $1; RET", "eb 01 01 c3"),
        ("BYTE $1; BYTE $2; JMP -2(PC)", "01 02 eb fc"),
        ("JMP 0(PC)", "eb fe"),
        ("JLS l; RET; l: RET", "76 01 c3 c3"),
        ("l: JNE l", "75 fe"),
        ("JMP 2(PC); ADJSP $0; RET", "eb 00 c3"),  # counts statements, also those without code
        ("JMP 3(PC); FUNCDATA $1, x(SB); PCDATA $1, $1; RET", "eb 00 c3"),
        ("JMP l; " + f"{NOP};" * 127 + "l: RET", "eb 7f" + " 90" * 127 + " c3"),
        ("JMP l; " + f"{NOP};" * 128 + "l: RET", "e9 80 00 00 00" + " 90" * 128 + " c3"),
        ("JEQ l; " + f"{NOP};" * 128 + "l: RET", "0f 84 80 00 00 00" + " 90" * 128 + " c3"),
        ("l: " + f"{NOP};" * 126 + "JMP l", "90 " * 126 + "eb 80"),
        ("l: " + f"{NOP};" * 127 + "JMP l", "90 " * 127 + "e9 7c ff ff ff"),
    ],
)
@pytest.mark.parametrize("dialect", ["go2008", "go"])
def test_jumps(code: Code, dialect: str, text: str, expected: str) -> None:
    assert code(text, dialect) == expected


def test_a_jump_to_ret_undoes_the_frame_first(code: Code) -> None:
    assert code("JMP 2(PC); BYTE $1; RET", "go2008", "7, $8") == "48 83 ec 08 eb 01 01 48 83 c4 08 c3"


def test_compare_keeps_its_operands_in_order_and_everything_else_turns_them(code: Code) -> None:
    assert code("CMPQ AX, $1") == "48 83 f8 01"
    assert code("CMPQ AX, BX") == "48 39 d8"
    assert code("SUBQ AX, BX") == "48 29 c3"


def test_nop_has_no_code(code: Code) -> None:
    assert code("NOP; NOP SP; NOP AX") == ""


def test_alignment_pads_with_long_nops(symbols: Symbols) -> None:
    symbol = symbols("TEXT f(SB), 4, $0\nRET\nPCALIGN $32\nRET\n")["f"]
    assert symbol.data.hex() == "c3" + "660f1f840000000000" * 3 + "0f1f4000" + "c3"
    assert symbol.align == 32


def test_labels_are_local_to_their_text(symbols: Symbols) -> None:
    units = symbols("TEXT f(SB),4,$0\nl: JMP l\nTEXT g(SB),4,$0\nl: RET; JMP l\n")
    assert (units["f"].data.hex(), units["g"].data.hex()) == ("ebfe", "c3ebfd")


def test_deep_parentheses_are_refused_not_a_crash(mistakes: Callable[..., list[str]]) -> None:
    text = "TEXT f(SB), 4, $0\nMOVQ $" + "(" * 5000 + "1" + ")" * 5000 + ", AX\n"
    assert mistakes(text) == ["2:71: parentheses are nested more than 64 deep"]
