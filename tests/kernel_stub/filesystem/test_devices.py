"""Devices, and what ioctl says of descriptors that are no terminal."""

import struct

TCGETS, TIOCGWINSZ, FIONREAD = 0x5401, 0x5413, 0x541B


def test_null_and_zero(files):
    null, zero = files.open(b"/dev/null", "O_RDWR"), files.open(b"/dev/zero", "O_RDWR")
    assert files.read(null) == b""
    assert files.write(null, b"abc") == 3
    assert files.read(zero, 5) == bytes(5)
    assert files.call("lseek", zero, 100, 0) == 0
    assert files.call("read", zero, files.guest.hole - 3, 1 << 30) == 3
    assert files.call("write", zero, files.guest.hole, 7) == 7


def test_random_bytes_are_the_same_in_every_run(files, typing):
    fd = files.open(b"/dev/urandom", "O_RDONLY")
    first = files.read(fd, 16)
    assert len(set(first)) > 4
    other = type(files)(typing(files.system, b""))
    assert other.read(other.open(b"/dev/random", "O_RDONLY"), 16) == first


def test_full(on_linux):
    fd = on_linux.open(b"/dev/full", "O_RDWR")
    assert on_linux.read(fd, 3) == bytes(3)
    assert on_linux.write(fd, b"x") == "ENOSPC"


def test_the_terminal_by_name(files):
    fd = files.open(b"/dev/tty", "O_RDWR")
    assert files.write(fd, b"hi") == 2
    assert files.kernel.terminal.output == [(fd, b"hi")]


def test_only_the_terminal_is_one(on_linux):
    files = on_linux
    files.make(b"/tmp/a", b"hello")
    files.open(b"/tmp/a", "O_RDONLY")
    files.call("pipe", files.buffer)
    assert files.call("ioctl", 1, TCGETS, files.buffer) == 0
    for fd in (3, 4):
        assert files.call("ioctl", fd, TCGETS, files.buffer) == "ENOTTY"
        assert "[not simulated]" not in files.guest.text
        assert files.call("ioctl", fd, TIOCGWINSZ, files.buffer) == "ENOTTY"
    files.write(5, b"abc")
    for fd, expected in ((3, 5), (4, 3)):
        assert files.call("ioctl", fd, FIONREAD, files.buffer) == 0
        assert struct.unpack("<i", files.answer(4)) == (expected,)
    assert files.call("ioctl", files.open(b"/dev/null", "O_RDONLY"), FIONREAD, files.buffer) == "ENOTTY"


def test_a_program_can_ask_for_its_own_path(on_linux):
    files = on_linux
    assert files.call("readlink", b"/proc/self/exe", files.buffer, 64) == "ENOENT"  # a routine has none
    files.kernel.process.executable = "/bin/program"
    assert files.call("readlink", b"/proc/self/exe", files.buffer, 64) == 12
    assert files.guest.text == 'readlink("/proc/self/exe", "/bin/program", 64) = 12'
    assert files.call("readlink", b"/proc/self/exe", files.buffer, 4) == 4
