"""Reads that sleep until input arrives: on an open terminal, with and without signals in between."""

from __future__ import annotations

import pytest

from kernel_stub.cpu import Registers

MILLISECOND = 1_000_000
systems = pytest.mark.parametrize("system", ["linux", "darwin"])


@systems
def test_a_read_sleeps_until_input_arrives(typing, system):
    guest = typing(system, b"")
    guest.kernel.terminal.arrive(3 * MILLISECOND, b"late\n")
    assert guest.call("read", 0, guest.rw, 9) == 5
    assert guest.kernel.clock.now == 3 * MILLISECOND
    assert guest.text == 'read(0, "late\\n", 9) = 5'
    assert guest.call("read", 0, guest.rw, 9) == 0  # then comes the end of file


@systems
def test_a_line_may_arrive_in_pieces_and_in_any_order(typing, system):
    guest = typing(system, b"a")
    guest.kernel.terminal.arrive(2 * MILLISECOND, b"c\nd")
    guest.kernel.terminal.arrive(1 * MILLISECOND, b"b")
    assert guest.call("read", 0, guest.rw, 9) == 4
    assert guest.memory.copy_in(guest.rw, 4) == b"abc\n"
    assert guest.call("read", 0, guest.rw, 9) == 1


def test_an_open_terminal_has_no_end_of_file(guest):
    guest.kernel.terminal.open = True
    guest.call("read", 0, guest.rw, 9)
    assert guest.kernel.waiting
    assert guest.texts == []


@systems
def test_what_is_there_is_read_without_sleeping(typing, system):
    guest = typing(system, b"now\n")
    guest.kernel.terminal.open = True
    guest.kernel.terminal.arrive(MILLISECOND, b"late\n")
    assert guest.call("read", 0, guest.rw, 9) == 4
    assert guest.kernel.clock.now == 0


def test_a_read_of_nothing_does_not_sleep(guest):
    guest.kernel.terminal.open = True
    assert guest.call("read", 0, guest.rw, 0) == 0


@systems
def test_a_nonblocking_descriptor_answers_eagain(typing, system):
    guest = typing(system, b"")
    guest.kernel.terminal.open = True
    constants = guest.kernel.personality.constants
    assert guest.call("fcntl", 0, constants["F_SETFL"], constants["O_NONBLOCK"]) == 0
    assert guest.call("read", 0, guest.rw, 9) == "EAGAIN"
    guest.kernel.terminal.arrive(0, b"x\n")
    assert guest.call("read", 0, guest.rw, 9) == 2


def test_a_bad_buffer_is_found_when_input_is_there(guest):
    guest.kernel.terminal.arrive(MILLISECOND, b"line\n")
    assert guest.call("read", 0, guest.hole, 9) == "EFAULT"
    assert guest.kernel.clock.now == MILLISECOND


@pytest.mark.parametrize(("flags", "result"), [(0, "EINTR"), (0x1000_0000, None)], ids=["plain", "SA_RESTART"])
def test_a_handler_ends_the_sleep(typing, flags, result):
    """With SA_RESTART the handler returns to the SYSCALL, with RAX as it was: sigcontext is at 40 of ucontext."""
    guest = typing("linux", b"")
    sigcontext, rax, rip = 40, 13 * 8, 16 * 8
    action = b"".join(word.to_bytes(8, "little") for word in (0x400800, flags | 0x0400_0000, 0x400900, 0))
    guest.memory.copy_out(guest.rw, action)
    assert guest.call("rt_sigaction", 10, guest.rw, 0, 8) == 0
    guest.kernel.terminal.open = True
    guest.kernel.deliver_at(1000, "SIGUSR1")
    registers = Registers(
        rax=0, rdi=0, rsi=guest.rw, rdx=9, rip=0x400002, rsp=guest.rw + 0x1F00, rflags=0x202, cs=0x33, ss=0x2B
    )
    guest.kernel.syscall(registers)
    assert (registers.rip, registers.rdi) == (0x400800, 10)
    saved = registers.rdx + sigcontext
    words = [int.from_bytes(guest.memory.copy_in(saved + offset, 8), "little") for offset in (rax, rip)]
    assert words == ([0, 0x400000] if result is None else [(1 << 64) - 4, 0x400002])
