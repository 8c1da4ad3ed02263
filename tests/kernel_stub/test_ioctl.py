"""ioctl(2) on the terminal. A new terminal's settings are compared with the host's."""

import fcntl
import os
import pty
import struct
import sys

import pytest

TCGETS, TIOCGWINSZ, FIONREAD, TCSETS = 0x5401, 0x5413, 0x541B, 0x5402


@pytest.mark.skipif(sys.platform != "linux", reason="the host isn't Linux")
def test_its_settings_are_a_new_terminals(linux):
    master, slave = pty.openpty()
    host = fcntl.ioctl(slave, TCGETS, bytes(36))
    os.close(slave)
    os.close(master)
    assert linux.call("ioctl", 1, TCGETS, linux.rw) == 0
    assert linux.text == "ioctl(1, TCGETS, 0x10000) = 0"
    assert linux.memory.copy_in(linux.rw, 36) == host


def test_its_size(linux):
    assert linux.call("ioctl", 0, TIOCGWINSZ, linux.rw) == 0
    assert struct.unpack("<4H", linux.memory.copy_in(linux.rw, 8)) == (24, 80, 0, 0)


def test_what_waits_to_be_read(typing):
    guest = typing("linux", b"hello\n")
    assert guest.call("ioctl", 0, FIONREAD, guest.rw) == 0
    assert struct.unpack("<I", guest.memory.copy_in(guest.rw, 4)) == (6,)


@pytest.mark.parametrize(
    ("fd", "request_", "address", "expected"),
    [
        (9, TCGETS, 0x10000, "EBADF"),
        (1, TCGETS, 0x12000, "EFAULT"),
        (1, 0x1234, 0x10000, "ENOTTY"),
    ],
)
def test_answers(linux, fd, request_, address, expected):
    assert linux.call("ioctl", fd, request_, address) == expected


def test_a_request_that_a_real_terminal_knows(linux):
    assert linux.call("ioctl", 1, TCSETS, linux.rw) == "ENOTTY"
    assert linux.text.endswith("[not simulated]")
