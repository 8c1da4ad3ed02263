"""read(2) from the terminal, and its faults. Linux's are compared with the host in tests/oracle."""

import pytest

systems = pytest.mark.parametrize("system", ["linux", "darwin"])


def test_no_input_is_end_of_file(guest):
    assert guest.call("read", 0, guest.rw, 10) == 0
    assert guest.text == 'read(0, "", 10) = 0'
    assert guest.call("read", 0, guest.hole, 10) == 0


@systems
def test_a_read_gets_one_line(typing, system):
    guest = typing(system, b"one\ntwo\nrest")
    assert guest.call("read", 0, guest.rw, 100) == 4
    assert guest.text == 'read(0, "one\\n", 100) = 4'
    assert guest.call("read", 0, guest.rw, 2) == 2
    assert guest.call("read", 0, guest.rw, 100) == 2
    assert guest.call("read", 0, guest.rw, 100) == 4
    assert guest.memory.copy_in(guest.rw, 4) == b"rest"
    assert guest.call("read", 0, guest.rw, 100) == 0


@systems
def test_descriptors_1_and_2_of_a_terminal_can_be_read(typing, system):
    guest = typing(system, b"a\nb\n")
    assert guest.call("read", 1, guest.rw, 9) == 2
    assert guest.call("read", 2, guest.rw, 9) == 2


@systems
def test_the_text_shows_what_came(typing, system):
    guest = typing(system, b"y" * 40 + b"\n")
    guest.call("read", 0, guest.rw, 100)
    assert guest.text == f'read(0, "{"y" * 32}"..., 100) = 41'


@systems
def test_into_a_hole(typing, system):
    guest = typing(system, b"abc\n")
    assert guest.call("read", 0, guest.hole, 10) == "EFAULT"
    assert guest.text == "read(0, 0x12000, 10) = -1 EFAULT (Bad address)"
    assert guest.call("read", 9, guest.hole, 10) == "EBADF"


def test_a_fault_costs_linux_a_piece_of_64_bytes(typing):
    """tty_io.c takes 64 bytes out of the line before it copies them."""
    guest = typing("linux", b"0123456789" * 10 + b"\n")
    assert guest.call("read", 0, guest.hole - 3, 100) == 3
    assert guest.call("read", 0, guest.rw, 100) == 101 - 64


def test_a_fault_costs_darwin_one_byte(typing):
    """xnu's ttread takes and copies byte for byte, and read gives EFAULT although some arrived."""
    guest = typing("darwin", b"0123456789\n")
    assert guest.call("read", 0, guest.hole - 3, 100) == "EFAULT"
    assert guest.memory.copy_in(guest.hole - 3, 3) == b"012"
    assert guest.call("read", 0, guest.rw, 100) == 7
    assert guest.memory.copy_in(guest.rw, 7) == b"456789\n"


def test_counts_above_int_max(typing):
    """xnu: EINVAL, after the descriptor was looked at. Linux: up to the end of user memory."""
    linux, darwin = typing("linux", b"a\n"), typing("darwin", b"a\n")
    assert linux.call("read", 0, linux.rw, 1 << 32) == 2
    assert linux.call("read", 0, linux.rw, 1 << 47) == "EFAULT"
    assert darwin.call("read", 0, darwin.rw, 1 << 32) == "EINVAL"
    assert darwin.call("read", 9, darwin.rw, 1 << 32) == "EBADF"
