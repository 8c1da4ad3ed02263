"""Arguments as typed: numbers in Go's bases, the system's names, strings, buffers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.program import Slot
from emu import arguments
from emu.arguments import LARGEST_BUFFER, parse, parse_integer, unescape
from emu.loaders.call import Buffer, CallError
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.linux.personality import LINUX

TRAP = [Slot("trap", 0, 8, read=True, written=False), Slot("a1", 8, 8, read=True, written=False)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("99", 99), ("-1", -1), ("+7", 7), ("1_000", 1000), ("0x10", 16), ("0XfF", 255), ("-0x10", -16),
        ("0b101", 5), ("0o17", 15), ("017", 15), ("0_7", 7), ("0x_f", 15), ("00", 0),
        ("9223372036854775807", (1 << 63) - 1), ("-9223372036854775808", -(1 << 63)),
        ("0xffffffffffffffff", (1 << 64) - 1), ("18446744073709551615", (1 << 64) - 1),
    ],
)  # fmt: skip
def test_integers_are_read_in_gos_bases(text: str, value: int):
    assert parse(text, LINUX) == value


@given(st.integers(-(1 << 63), (1 << 64) - 1))
def test_every_64_bit_number_is_read_in_each_base(value: int):
    assert [parse_integer(form) for form in (str(value), f"{value:#x}", f"{value:#o}", f"{value:#b}")] == [value] * 4


@pytest.mark.parametrize("text", ["18446744073709551616", "-9223372036854775809", "0x10000000000000000", "9" * 5000])
def test_a_number_over_64_bits_is_refused_in_one_short_line(text: str):
    with pytest.raises(CallError, match="does not fit in 64 bits") as refused:
        parse(text, LINUX)
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize("text", ["09", "0x", "0xzz", "1e9", "0b2", "1__0", "12_", "3abc", "-5x"])
def test_what_begins_as_a_number_and_is_none_is_refused(text: str):
    with pytest.raises(CallError, match="is no integer"):
        parse(text, LINUX)


@pytest.mark.parametrize(
    ("text", "linux", "darwin"),
    [
        ("close", 3, 6),
        ("SIGCHLD", 17, 20),
        ("EAGAIN", 11, 35),
        ("O_RDWR|O_CREAT", 0o102, 0x202),
        ("O_RDWR | 0x8", 0xA, 0xA),
        ("F_SETFD", 2, 2),
    ],
)
def test_names_have_the_systems_own_numbers(text: str, linux: int, darwin: int):
    assert (parse(text, LINUX), parse(text, DARWIN)) == (linux, darwin)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("hello", b"hello"),
        ("", b""),
        ("/etc/passwd", b"/etc/passwd"),
        ("2024.log", b"2024.log"),
        ('"close"', b"close"),
        ("'99'", b"99"),
        ('"', b'"'),
        (r"a\nb\t\0\x7f\\", b"a\nb\t\0\x7f\\"),
        (r"\q\x1", rb"\q\x1"),
        ("é", "é".encode()),
        ("\udcff", b"\xff"),  # how Python hands on a byte that is not UTF-8
        ("close|nothing", b"close|nothing"),
    ],
)
def test_other_words_are_strings(text: str, data: bytes):
    assert parse(text, LINUX) == data


@pytest.mark.parametrize(("text", "size"), [("&1", 1), ("&0x40", 64), (f"&{LARGEST_BUFFER}", LARGEST_BUFFER)])
def test_an_ampersand_asks_for_a_buffer(text: str, size: int):
    assert parse(text, LINUX) == Buffer(size)


@pytest.mark.parametrize("text", ["&", "&0", "&-1", "&x", "&&1", f"&{LARGEST_BUFFER + 1}", "&09"])
def test_a_buffer_of_no_sensible_size_is_refused(text: str):
    with pytest.raises(CallError, match="no buffer: write & and its size"):
        parse(text, LINUX)


def test_a_mistyped_call_is_no_string_where_a_number_is_due():
    with pytest.raises(CallError, match=r"'clsoe' is no system call of linux; did you mean close"):
        arguments.parse_all(["clsoe", "99"], TRAP, LINUX)


def test_quotes_insist_on_a_string():
    assert arguments.parse_all(['"clsoe"', "clsoe"], TRAP, LINUX) == [b"clsoe", b"clsoe"]


@given(st.binary())
def test_any_bytes_can_be_written_with_escapes(data: bytes):
    assert unescape("".join(f"\\x{byte:02x}" for byte in data)) == data
