"""Frames: what the two dialects make of a frame size, and where FP and SP names then lie."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asm.program import Symbol

Code = Callable[..., str]
Symbols = Callable[..., dict[str, Symbol]]


def test_2008_subtracts_the_frame_and_adds_it_before_each_ret(code: Code) -> None:
    assert code("RET; RET", "go2008", "7, $24") == "48 83 ec 18 48 83 c4 18 c3 48 83 c4 18 c3"


def test_2008_saves_no_frame_pointer_for_a_call(code: Code) -> None:
    assert code("CALL g(SB); RET", "go2008", "7, $0") == "e8 00 00 00 00 c3"


@pytest.mark.parametrize("dialect", ["go2008", "go"])
def test_minus_8_is_no_frame(code: Code, dialect: str) -> None:
    assert code("RET", dialect, "7, $-8") == "c3"


def test_2008_makes_a_frame_of_128_bytes_by_subtracting(code: Code) -> None:
    assert code("RET", "go2008", "7, $128") == "48 81 ec 80 00 00 00 48 81 c4 80 00 00 00 c3"


def test_today_bp_is_saved_where_there_is_a_frame(code: Code) -> None:
    assert code("RET", "go", "4, $8") == "55 48 89 e5 48 83 ec 08 48 83 c4 08 5d c3"


def test_today_bp_is_saved_where_there_is_a_call(code: Code) -> None:
    assert code("CALL g(SB); RET", "go") == "55 48 89 e5 e8 00 00 00 00 5d c3"


def test_today_bp_is_not_saved_in_a_frameless_leaf(code: Code) -> None:
    assert code("RET", "go") == "c3"


def test_noframe_saves_nothing(code: Code) -> None:
    assert code("CALL g(SB); RET", "go", "4|512, $0") == "e8 00 00 00 00 c3"


def test_today_a_small_leaf_needs_no_stack_check(code: Code) -> None:
    assert code("RET", "go", "0, $0") == "c3"


def test_today_a_panic_call_leaves_a_leaf_a_leaf(code: Code) -> None:
    assert code("CALL runtime·panicdivide(SB); RET", "go", "0, $0").startswith("55")


@pytest.mark.parametrize(
    ("dialect", "statement", "expected"),
    [
        ("go2008", "MOVQ x+0(FP), AX", "48 8b 44 24 20"),  # 24 of frame, 8 of return address
        ("go2008", "MOVQ x-8(SP), AX", "48 8b 44 24 10"),
        ("go2008", "MOVQ 8(SP), AX", "48 8b 44 24 08"),  # no name: the hardware's SP
        ("go2008", "MOVQ x+8(FP), AX", "48 8b 44 24 28"),
        ("go", "MOVQ x+0(FP), AX", "48 8b 44 24 28"),  # and 8 of saved BP
        ("go", "MOVQ x-8(SP), AX", "48 8b 44 24 10"),
        ("go", "MOVQ 8(SP), AX", "48 8b 44 24 08"),
        ("go", "MOVQ $x+0(FP), AX", "48 8d 44 24 28"),
        ("go", "LEAQ x-24(SP), AX", "48 8d 04 24"),
    ],
)
def test_names_count_from_the_frame(symbols: Symbols, dialect: str, statement: str, expected: str) -> None:
    symbol = symbols(f"TEXT f(SB), 4, $24\n{statement}\nRET\n", dialect)["f"]
    line = next(entry for entry in symbol.lines if entry.source.line == 2)
    assert symbol.data[line.offset :][: line.size].hex(" ") == expected


@pytest.mark.parametrize("push", ["PUSHQ AX", "PUSHFQ", "ADJSP $8"])
@pytest.mark.parametrize("dialect", ["go2008", "go"])
def test_names_follow_what_is_pushed(code: Code, dialect: str, push: str) -> None:
    pushed = code(f"{push}; MOVQ x+0(FP), AX", dialect, "4|512, $0")
    assert pushed.endswith("48 8b 44 24 10")
    assert code(f"{push}; MOVQ 8(SP), AX", dialect, "4|512, $0").endswith("48 8b 44 24 08")


def test_adjsp_takes_the_shorter_form_for_128_today(code: Code) -> None:
    assert code("ADJSP $128; ADJSP $-128", "go") == "48 83 c4 80 48 83 ec 80"
    assert code("ADJSP $0", "go") == ""


def test_a_prologue_belongs_to_the_text_line_and_its_undoing_to_the_ret(symbols: Symbols) -> None:
    symbol = symbols("\nTEXT f(SB), 4, $8 // here\n\tNOP\n  RET  \n")["f"]
    assert [(e.offset, e.size, e.source.line, e.source.text) for e in symbol.lines] == [
        (0, 1, 2, "TEXT f(SB), 4, $8 // here"),
        (1, 3, 2, "TEXT f(SB), 4, $8 // here"),
        (4, 4, 2, "TEXT f(SB), 4, $8 // here"),
        (8, 4, 4, "  RET"),
        (12, 1, 4, "  RET"),
        (13, 1, 4, "  RET"),
    ]
    assert (symbol.frame, symbol.args) == (8, None)


def test_the_size_of_the_arguments_is_kept(symbols: Symbols) -> None:
    assert symbols("TEXT f(SB), 4, $8-24\nRET\n")["f"].args == 24
    assert symbols("TEXT f(SB), 7, $8-24\nRET\n", "go2008")["f"].args == 24
