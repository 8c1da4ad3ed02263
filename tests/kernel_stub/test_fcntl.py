"""fcntl(2): the commands that are served, and how the rest is refused."""

import pytest


def test_dupfd_starts_at_its_argument(guest):
    assert guest.call("fcntl", 1, 0, 10) == 10
    assert guest.text == "fcntl(1, F_DUPFD, 10) = 10"
    assert guest.call("fcntl", 1, 0, 10) == 11


def test_dupfd_outside_the_limit(guest):
    limit = guest.kernel.process.files.limit
    assert guest.call("fcntl", 1, 0, limit) == "EINVAL"
    assert guest.call("fcntl", 1, 0, 0xFFFF_FFFF_FFFF_FFFF) == "EINVAL"
    assert guest.text == "fcntl(1, F_DUPFD, -1) = -1 EINVAL (Invalid argument)"


@pytest.mark.parametrize("name", ["F_DUPFD", "F_DUPFD_CLOEXEC"])
def test_dupfd_and_close_on_exec(guest, name):
    command = guest.kernel.personality.resolve(name)
    assert guest.call("fcntl", 1, command, 5) == 5
    assert guest.text == f"fcntl(1, {name}, 5) = 5"
    assert guest.call("fcntl", 5, 1) == (1 if name == "F_DUPFD_CLOEXEC" else 0)


def test_descriptor_flags(guest):
    assert guest.call("fcntl", 1, 1) == 0
    assert guest.text == "fcntl(1, F_GETFD) = 0"
    assert guest.call("fcntl", 1, 2, 1) == 0
    assert guest.text == "fcntl(1, F_SETFD, FD_CLOEXEC) = 0"
    assert guest.call("fcntl", 1, 1) == 1
    assert guest.text == "fcntl(1, F_GETFD) = 0x1 (flags FD_CLOEXEC)"


def test_descriptor_flags_have_one_bit(guest):
    assert guest.call("fcntl", 1, 2, 0xFFFF_FFFE) == 0
    assert guest.text == "fcntl(1, F_SETFD, 0xfffffffe /* FD_??? */) = 0"
    assert guest.call("fcntl", 1, 1) == 0


def test_status_flags_of_a_terminal(linux, darwin):
    assert linux.call("fcntl", 1, 3) == 0x8002
    assert linux.text == "fcntl(1, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)"
    assert darwin.call("fcntl", 1, 3) == 2
    assert darwin.text == "fcntl(1, F_GETFL) = 0x2 (flags O_RDWR)"


def test_status_flags_belong_to_the_shared_description(guest):
    nonblock = guest.kernel.personality.resolve("O_NONBLOCK")
    assert guest.call("fcntl", 0, 4, nonblock) == 0
    assert guest.text == "fcntl(0, F_SETFL, O_RDONLY|O_NONBLOCK) = 0"
    assert guest.call("fcntl", 2, 3) & nonblock
    assert "O_RDWR|O_NONBLOCK" in guest.text


def test_setfl_keeps_what_it_cannot_change(linux, darwin):
    """Linux: SETFL_MASK, and O_ASYNC through the file. xnu: FCNTLFLAGS."""
    assert linux.call("fcntl", 1, 4, 0xFFFF_FFFF & ~0x4000) == 0
    assert linux.call("fcntl", 1, 3) == 0x8002 | 0x400 | 0x800 | 0x2000 | 0x40000
    assert darwin.call("fcntl", 1, 4, 0xFFFF_FFF0) == 0
    assert darwin.call("fcntl", 1, 3) == 2 | 0x40 | 0x80 | 0x400000
    for system in (linux, darwin):
        system.call("fcntl", 1, 4, 0)
    assert (linux.call("fcntl", 1, 3), darwin.call("fcntl", 1, 3)) == (0x8002, 2)


def test_linux_refuses_direct_io_on_a_terminal(linux):
    assert linux.call("fcntl", 1, 4, 0x4000 | 0x400) == "EINVAL"
    assert linux.call("fcntl", 1, 3) == 0x8002


def test_darwin_adds_one_to_open_flags(darwin):
    """xnu's F_SETFL goes through FFLAGS, which adds 1: 3 becomes 4, which is O_NONBLOCK."""
    assert darwin.call("fcntl", 1, 4, 3) == 0
    assert darwin.call("fcntl", 1, 3) == 2 | 4


def test_the_descriptor_is_looked_at_before_the_command(guest):
    assert guest.call("fcntl", 9, 777, 0) == "EBADF"
    assert guest.call("fcntl", 1, 777, 0) == "EINVAL"
    assert guest.text == "fcntl(1, 0x309 /* F_??? */, 0) = -1 EINVAL (Invalid argument)"


def test_a_command_that_exists_but_is_not_served_says_so(guest):
    command = guest.kernel.personality.resolve("F_SETLK")
    assert guest.call("fcntl", 1, command, 0x1000) == "EINVAL"
    assert guest.text == "fcntl(1, F_SETLK, 0x1000) = -1 EINVAL (Invalid argument) [not simulated]"
