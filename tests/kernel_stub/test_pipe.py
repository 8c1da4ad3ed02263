"""Pipes on both systems: pipe(7); Linux's fs/pipe.c, xnu's bsd/kern/sys_pipe.c. Two descriptors come back in RAX and
RDX on Darwin, in memory on Linux."""

from __future__ import annotations

import struct

import pytest


def ends(guest) -> tuple[int, int]:
    """A new pipe's descriptors, however the system tells them."""
    if guest.kernel.personality.name == "linux":
        assert guest.call("pipe", guest.rw) == 0
        first, second = struct.unpack("<2i", guest.memory.copy_in(guest.rw, 8))
        return first, second
    return guest.call("pipe"), guest.registers.rdx


def put(guest, data: bytes) -> int:
    guest.memory.copy_out(guest.rw, data)
    return guest.rw


def test_darwin_has_the_second_descriptor_in_rdx(darwin):
    """bsd/kern/sys_pipe.c: retval[0] and retval[1]."""
    assert darwin.call("pipe") == 3
    assert darwin.registers.rdx == 4
    assert darwin.text == "pipe() = 3"


def test_the_lowest_numbers_are_taken(guest):
    guest.call("close", 0)
    assert ends(guest) == (0, 3)


def test_bytes_come_out_in_the_order_they_went_in(guest):
    reader, writer = ends(guest)
    guest.call("write", writer, put(guest, b"hello"), 5)
    guest.call("write", writer, put(guest, b" pipe"), 5)
    assert guest.call("read", reader, guest.rw, 7) == 7
    assert guest.memory.copy_in(guest.rw, 7) == b"hello p"
    assert guest.call("read", reader, guest.rw, 99) == 3


def test_each_end_is_for_one_direction(guest):
    reader, writer = ends(guest)
    assert guest.call("write", reader, guest.rw, 1) == "EBADF"
    assert guest.call("read", writer, guest.rw, 1) == "EBADF"


def test_when_no_writer_is_left_the_rest_is_read_and_then_it_has_ended(guest):
    reader, writer = ends(guest)
    guest.call("write", writer, put(guest, b"rest"), 4)
    second = guest.call("dup", writer)
    guest.call("close", writer)
    guest.call("read", reader, guest.rw, 1)
    guest.call("close", second)
    assert guest.call("read", reader, guest.rw, 9) == 3
    assert guest.call("read", reader, guest.rw, 9) == 0


def test_an_empty_pipe_with_a_writer_lets_the_reader_sleep(guest):
    reader, _ = ends(guest)
    guest.call("read", reader, guest.rw, 1)
    assert guest.kernel.waiting
    assert "data in a pipe" in guest.kernel.thread.waiting.what


def test_without_a_reader_a_write_is_sigpipe(guest):
    reader, writer = ends(guest)
    guest.call("close", reader)
    guest.call("write", writer, guest.rw, 1)
    assert guest.kernel.process.exit.signal == "SIGPIPE"


def test_with_sigpipe_ignored_it_is_epipe(guest):
    from kernel_stub.signals import IGNORE, Action

    reader, writer = ends(guest)
    guest.kernel.process.actions[13] = Action(IGNORE)
    guest.call("dup2", 1, reader)
    assert guest.call("write", writer, guest.rw, 1) == "EPIPE"


def test_a_full_pipe_lets_the_writer_sleep(guest):
    _, writer = ends(guest)
    for _ in range(8):
        assert guest.call("write", writer, guest.rw, 8192) == 8192
    guest.call("write", writer, guest.rw, 1)
    assert guest.kernel.waiting


@pytest.mark.parametrize("call", ["read", "write"])
def test_nonblock_is_eagain(guest, call):
    reader, writer = ends(guest)
    flag = guest.kernel.personality.constants["O_NONBLOCK"]
    for end in (reader, writer):
        guest.call("fcntl", end, 4, flag)
    assert guest.call("read", reader, guest.rw, 1) == "EAGAIN"
    for _ in range(7):
        guest.call("write", writer, guest.rw, 8192)
    atomic = guest.kernel.personality.pipe_buf
    guest.call("write", writer, guest.rw, 8192 - atomic + 1)
    assert guest.call("write", writer, guest.rw, atomic) == "EAGAIN"  # all at once, or not at all
    assert guest.call("write", writer, guest.rw, 8192) == atomic - 1  # more than PIPE_BUF: what fits
    assert guest.call("write", writer, guest.rw, 1) == "EAGAIN"


def test_addresses_that_cannot_be_reached(guest):
    reader, writer = ends(guest)
    assert guest.call("write", writer, guest.hole, 1) == "EFAULT"
    guest.call("write", writer, put(guest, b"x"), 1)
    assert guest.call("read", reader, guest.ro, 1) == "EFAULT"
    assert guest.call("read", reader, guest.rw, 1) == 1


def test_linux_frees_both_when_they_cannot_be_told(linux):
    assert linux.call("pipe", linux.hole) == "EFAULT"
    assert set(linux.kernel.process.files.descriptors) == {0, 1, 2}


def test_pipe2_has_flags(linux):
    flags = linux.kernel.personality.constants
    assert linux.call("pipe2", linux.rw, flags["O_CLOEXEC"] | flags["O_NONBLOCK"]) == 0
    reader, writer = struct.unpack("<2i", linux.memory.copy_in(linux.rw, 8))
    assert (linux.call("fcntl", reader, 1), linux.call("fcntl", writer, 3)) == (1, flags["O_NONBLOCK"] | 1)
    assert linux.call("pipe2", linux.rw, 1 << 3) == "EINVAL"
    linux.call("pipe2", linux.rw, flags["O_DIRECT"])
    assert linux.text.endswith("[not simulated]")


def test_no_numbers_left(guest):
    guest.kernel.process.files.limit = 4
    assert guest.call("pipe", guest.rw) == "EMFILE"
    assert set(guest.kernel.process.files.descriptors) == {0, 1, 2}
