"""Errors point: place, source line, caret."""

from asm.errors import AssemblyError, AssemblyErrors


def error(line: int = 3, column: int = 2, text: str = "\tMOVX AX, BX") -> AssemblyError:
    return AssemblyError("a.s", line, column, "unknown instruction MOVX", text)


def test_caret_stands_under_the_column_and_tabs_stay_tabs() -> None:
    assert error().render() == "a.s:3:2: unknown instruction MOVX\n\tMOVX AX, BX\n\t^"


def test_caret_past_the_end_of_the_line() -> None:
    assert error(column=5, text="RET").render() == "a.s:3:5: unknown instruction MOVX\nRET\n    ^"


def test_an_empty_line_is_not_shown() -> None:
    assert error(text="").render() == "a.s:3:2: unknown instruction MOVX"


def test_ten_errors_are_printed_and_the_rest_counted() -> None:
    text = str(AssemblyErrors(error(line=n) for n in range(1, 14)))
    assert text.count("unknown instruction") == 10
    assert text.endswith("\n3 more")


def test_all_errors_are_kept() -> None:
    assert len(AssemblyErrors(error(line=n) for n in range(13)).errors) == 13
