"""Linux's select(2) and pselect6: sets, times, masks, and what ends the sleep. The lines are compared with the host's
in tests/oracle/test_linux_polling.py."""

import struct

import pytest

from kernel_stub import scheduler
from kernel_stub.cpu import Registers
from kernel_stub.process import Thread

SECOND = 1_000_000_000
USR1 = 1 << 9
AFTER_SYSCALL = 0x400002


def fds(guest, address, *members):
    """A set of 1024 bits in memory; its address."""
    guest.put(address, sum(1 << fd for fd in members).to_bytes(128, "little"))
    return address


def members(guest, address):
    bits = int.from_bytes(guest.memory.copy_in(address, 128), "little")
    return [fd for fd in range(1024) if bits >> fd & 1]


@pytest.fixture
def pipe(linux):
    """A pipe's descriptors."""
    assert linux.call("pipe", linux.rw) == 0
    return struct.unpack("<2i", linux.memory.copy_in(linux.rw, 8))


def test_what_is_ready_is_copied_back(linux, pipe):
    reader, writer = pipe
    readers, writers = fds(linux, linux.rw, 0, reader), fds(linux, linux.rw + 256, 1, writer)
    others = fds(linux, linux.rw + 512, 0, writer)
    assert linux.call("select", 10, readers, writers, others, 0) == 3
    assert (members(linux, readers), members(linux, writers), members(linux, others)) == ([0], [1, writer], [])
    assert linux.text == "select(10, [0 3], [1 4], [0 4], NULL) = 3 (in [0], out [1 4])"


def test_time_runs_out_and_is_told(linux, pipe):
    time = linux.put_words(linux.rw + 1024, 1, 250_000)
    assert linux.call("select", 10, fds(linux, linux.rw, pipe[0]), 0, 0, time) == 0
    assert linux.words(time, 2) == (0, 0)
    assert members(linux, linux.rw) == []
    assert linux.kernel.clock.now == 1_250_000_000


def test_what_is_left_of_the_time_is_told(linux):
    linux.kernel.terminal.arrive(SECOND // 4, b"a line\n")
    time = linux.put_words(linux.rw + 1024, 1, 0)
    assert linux.call("select", 1, fds(linux, linux.rw, 0), 0, 0, time) == 1
    assert linux.words(time, 2) == (0, 750_000)


def test_a_time_of_nothing_is_left_alone(linux):
    linux.kernel.terminal.open = True
    assert linux.call("select", 1, fds(linux, linux.rw, 0), 0, 0, linux.put_words(linux.rw + 1024, 0, 0)) == 0


def test_a_time_that_cannot_be_told_does_not_spoil_the_answer(linux):
    linux.put(linux.ro, struct.pack("<qq", 1, 0))
    assert linux.call("select", 1, fds(linux, linux.rw, 0), 0, 0, linux.ro) == 1


@pytest.mark.parametrize(
    ("time", "answer"),
    [((0, 2_500_000), 0), ((-1, 0), "EINVAL"), ((0, -1), "EINVAL"), ((3, -1_000_000), 0), ((1, -1), "EINVAL")],
)
def test_microseconds_are_carried(linux, time, answer):
    assert linux.call("select", 0, 0, 0, 0, linux.put_words(linux.rw, *time)) == answer


def test_descriptors_beyond_the_table_are_not_looked_at(linux):
    assert linux.call("select", 1024, fds(linux, linux.rw, 0, 70), 0, 0, 0) == 1
    assert members(linux, linux.rw) == [0, 70]
    linux.call("dup2", 0, 64)
    assert linux.call("select", 1024, fds(linux, linux.rw, 0, 70), 0, 0, 0) == "EBADF"


@pytest.mark.parametrize("flags", [0, 0x1000_0000])
def test_a_handler_ends_it_with_eintr(linux, flags):
    """ERESTARTNOHAND: with SA_RESTART too."""
    linux.catch("SIGUSR1", flags)
    linux.kernel.terminal.open = True
    linux.kernel.deliver_at_time(SECOND // 4, "SIGUSR1")
    time = linux.put_words(linux.rw + 1024, 1, 0)
    linux.call("select", 1, fds(linux, linux.rw, 0), 0, 0, time)
    assert linux.frame()["uc_mcontext.rax"] == -4 & (1 << 64) - 1
    assert linux.words(time, 2) == (0, 750_000)
    assert members(linux, linux.rw) == [0]
    assert linux.texts[1].endswith(" = ? ERESTARTNOHAND (To be restarted if no handler)")


def test_without_a_handler_it_goes_on_with_what_is_left(linux):
    linux.kernel.deliver_at_time(SECOND // 4, "SIGSTOP")
    linux.kernel.deliver_at_time(SECOND // 2, "SIGCONT")
    time = linux.put_words(linux.rw + 1024, 1, 0)
    linux.call("select", 0, 0, 0, 0, time)
    assert (linux.registers.rip, linux.registers.rax) == (AFTER_SYSCALL - 2, 23)
    assert linux.words(time, 2) == (0, 750_000)


def test_a_rest_that_cannot_be_told_forbids_going_on(linux):
    linux.put(linux.ro, struct.pack("<qq", 1, 0))
    linux.kernel.deliver_at_time(SECOND // 4, "SIGSTOP")
    linux.kernel.deliver_at_time(SECOND // 2, "SIGCONT")
    assert linux.call("select", 0, 0, 0, 0, linux.ro) == "EINTR"


def packed(guest, mask, size=8):
    guest.put(guest.rw + 2048, struct.pack("<QQQ", guest.rw + 2064, size, mask))
    return guest.rw + 2048


def test_a_mask_for_the_time_of_the_call(linux):
    linux.catch("SIGUSR1")
    linux.kernel.thread.blocked = 1
    linux.kernel.deliver_at_time(SECOND // 4, "SIGUSR1")
    time = linux.put_words(linux.rw + 1024, 1, 0)
    assert linux.call("pselect6", 0, 0, 0, 0, time, packed(linux, USR1)) == 0
    assert linux.kernel.clock.now == SECOND  # it stayed pending
    assert linux.frame()["uc_sigmask"] == 1  # and came when the old mask was back
    assert linux.words(time, 2) == (0, 0)


def test_a_signal_that_the_mask_lets_in(linux):
    linux.catch("SIGUSR1")
    linux.kernel.thread.blocked = USR1
    linux.kernel.deliver_at_time(SECOND // 4, "SIGUSR1")
    linux.call("pselect6", 0, 0, 0, 0, linux.put_words(linux.rw + 1024, 1, 5), packed(linux, 0))
    frame = linux.frame()
    assert (frame["uc_mcontext.rax"], frame["uc_sigmask"]) == (-4 & (1 << 64) - 1, USR1)
    assert linux.words(linux.rw + 1024, 2) == (0, 750_000_005)


def test_errors_put_the_mask_back(linux):
    assert linux.call("pselect6", -1, 0, 0, 0, 0, packed(linux, USR1)) == "EINVAL"
    assert linux.call("pselect6", 10, fds(linux, linux.rw, 9), 0, 0, 0, packed(linux, USR1)) == "EBADF"
    assert linux.call("pselect6", 0, 0, 0, 0, 0, packed(linux, USR1, 4)) == "EINVAL"
    assert linux.call("pselect6", 0, 0, 0, 0, 0, linux.hole) == "EFAULT"
    assert linux.kernel.thread.blocked == 0


def with_thread(guest):
    """A second thread, ready to run."""
    thread = Thread(tid=4243)
    scheduler.add(guest.kernel, thread, Registers(rip=AFTER_SYSCALL, rsp=guest.rw + 0x1000, cs=0x33, ss=0x2B))
    return thread


def switch(guest):
    scheduler.give_way(guest.kernel)
    guest.kernel.tick(guest.registers)


def run_call(guest, rax, *arguments):
    """A call by the thread that runs now."""
    guest.registers.rax = rax
    for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8"), arguments, strict=False):
        setattr(guest.registers, register, argument)
    guest.kernel.syscall(guest.registers)


@pytest.mark.parametrize("name", ["select", "poll", "ppoll", "pselect6"])
def test_another_threads_write_wakes(linux, pipe, name):
    reader, writer = pipe
    other, main = with_thread(linux), linux.kernel.thread
    if "select" in name:
        linux.call(name, 10, fds(linux, linux.rw, reader), 0, 0, 0, 0)
    else:
        linux.put(linux.rw, struct.pack("<iHH", reader, 1, 0xFFFF))
        linux.call(name, linux.rw, 1, -1 & 0xFFFF_FFFF if name == "poll" else 0, 0, 8)
    assert linux.kernel.thread is other
    switch(linux)
    assert linux.kernel.thread is other
    run_call(linux, 1, writer, linux.rw, 1)
    switch(linux)
    assert (linux.kernel.thread, linux.registers.rax) == (main, 1)


@pytest.mark.parametrize(("end", "revents"), [(0, 0x10), (1, 0xC)])
def test_another_threads_close_wakes(linux, pipe, end, revents):
    """POLLHUP at the end to read from, POLLERR at the one to write to, which is full."""
    other, main = with_thread(linux), linux.kernel.thread
    for _ in range(16 * end):
        linux.call("write", pipe[1], linux.rw, 4096)
    linux.put(linux.rw, struct.pack("<iHH", pipe[end], 5, 0xFFFF))
    linux.call("poll", linux.rw, 1, -1 & 0xFFFF_FFFF)
    assert linux.kernel.thread is other
    run_call(linux, 3, pipe[1 - end])
    switch(linux)
    assert (linux.kernel.thread, linux.registers.rax) == (main, 1)
    assert struct.unpack("<iHH", linux.memory.copy_in(linux.rw, 8))[2] & 0x18 == revents & 0x18


def test_another_processes_write_wakes(linux, pipe):
    """After fork both have the pipe: what one writes the other, asleep in a poll, can read."""
    reader, writer = pipe
    child = linux.call("fork")
    linux.put(linux.rw, struct.pack("<iHH", reader, 1, 0xFFFF))
    linux.call("poll", linux.rw, 1, -1 & 0xFFFF_FFFF)
    assert linux.kernel.process.pid == child
    run_call(linux, 1, writer, linux.rw, 1)
    run_call(linux, 60, 0)  # exit
    assert (linux.kernel.process.pid, linux.registers.rax) == (4242, 1)
