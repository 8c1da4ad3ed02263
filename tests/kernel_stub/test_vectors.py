"""readv(2) and writev(2)."""

import struct

import pytest


def put_vector(guest, *parts):
    guest.put(guest.rw + 0x800, b"".join(struct.pack("<QQ", address, size) for address, size in parts))
    return guest.rw + 0x800


def test_several_buffers_are_one_write(linux):
    linux.put(linux.rw, b"one two ")
    vector = put_vector(linux, (linux.rw, 4), (linux.hole, 0), (linux.rw + 4, 4))
    assert linux.call("writev", 1, vector, 3) == 8
    assert linux.text == "writev(1, 0x10800, 3) = 8"
    assert linux.kernel.terminal.output == [(1, b"one two ")]


def test_one_line_fills_several_buffers(typing):
    guest = typing("linux", b"hello\nrest\n")
    vector = put_vector(guest, (guest.rw, 2), (guest.rw + 0x100, 100))
    assert guest.call("readv", 0, vector, 2) == 6
    assert guest.memory.copy_in(guest.rw, 2) + guest.memory.copy_in(guest.rw + 0x100, 4) == b"hello\n"


def test_a_bad_buffer_spoils_its_piece(linux):
    """The terminal takes 2048 bytes at a time, whichever buffer they come from."""
    vector = put_vector(linux, (linux.rw, 0x800), (linux.rw, 10), (linux.hole, 1))
    assert linux.call("writev", 1, vector, 3) == 2048
    assert linux.call("writev", 1, put_vector(linux, (linux.rw, 10), (linux.hole, 1)), 2) == "EFAULT"


@pytest.mark.parametrize("name", ["readv", "writev"])
@pytest.mark.parametrize(
    ("fd", "address", "count", "expected"),
    [
        (9, 0x12000, 1, "EBADF"),
        (1, 0x12000, 1, "EFAULT"),
        (1, 0x12000, 0, 0),
        (1, 0x10000, -1, "EINVAL"),
        (1, 0x10000, 1025, "EINVAL"),
    ],
)
def test_answers(linux, name, fd, address, count, expected):
    assert linux.call(name, fd, address, count) == expected


@pytest.mark.parametrize(
    ("part", "expected"), [((0x10000, 1 << 63), "EINVAL"), ((1 << 63, 1), "EFAULT"), ((1 << 63, 0), 0)]
)
def test_bad_parts(linux, part, expected):
    assert linux.call("writev", 1, put_vector(linux, (linux.rw, 0), part), 2) == expected
