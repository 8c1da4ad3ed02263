"""Linux's threads: clone, futex between them, exit of one and of all; kernel/fork.c, kernel/futex, kernel/exit.c."""

from __future__ import annotations

import pytest

from kernel_stub.linux.personality import LINUX

VM, FS, FILES, SIGHAND, THREAD = 0x100, 0x200, 0x400, 0x800, 0x10000
SETTLS, PARENT_SETTID, CLEARTID, SETTID = 0x80000, 0x100000, 0x200000, 0x1000000
NEW = VM | FS | FILES | SIGHAND | THREAD
WAIT, WAKE, PRIVATE = 0, 1, 128
ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")


class Threads:
    """A process whose running thread makes calls with its own registers."""

    def __init__(self, linux) -> None:
        self.guest, self.kernel, self.word = linux, linux.kernel, linux.rw + 0x100
        linux.call("getpid")
        self.registers = linux.registers

    def call(self, name: str, *arguments: int) -> int | str:
        self.registers.rax = LINUX.numbers[name]
        for register, argument in zip(ARGUMENTS, arguments, strict=False):
            setattr(self.registers, register, argument)
        self.kernel.events.clear()
        self.kernel.syscall(self.registers)
        return self.result

    @property
    def result(self) -> int | str:
        """What the running thread's last call answered."""
        errno = LINUX.error(self.registers)
        return self.registers.rax if errno is None else LINUX.errno_names[errno].name

    @property
    def tid(self) -> int:
        return self.kernel.thread.tid

    def give_way(self) -> int:
        self.call("sched_yield")
        return self.tid

    def read(self, address: int) -> int:
        return int.from_bytes(self.guest.memory.copy_in(address, 4), "little")


@pytest.fixture
def threads(linux) -> Threads:
    return Threads(linux)


def test_a_thread_goes_on_behind_the_call_with_0_on_its_own_stack(threads):
    """copy_thread: all registers but RAX, RSP and with CLONE_SETTLS the base of FS are the creator's."""
    threads.registers.rbx = 0xBB77
    tid = threads.call("clone", NEW | SETTLS, 0x77000, 0, 0, 0x5000)
    before = threads.registers.copy()
    assert tid == threads.tid + 1
    assert threads.give_way() == tid
    after, names = threads.registers, ("rax", "rbx", "rsp", "rip", "rdi", "fs_base")
    changed = {name for name in names if getattr(before, name) != getattr(after, name)}
    assert changed == {"rax", "rsp", "fs_base"}
    assert (threads.registers.rax, threads.registers.rsp, threads.registers.fs_base) == (0, 0x77000, 0x5000)
    assert threads.call("gettid") == tid
    assert threads.call("getpid") == tid - 1


@pytest.mark.parametrize("flags", [THREAD | VM, THREAD | SIGHAND, SIGHAND, NEW | 0x20000])
def test_flags_that_do_not_go_together(threads, flags):
    assert threads.call("clone", flags) == "EINVAL"


@pytest.mark.parametrize("flags", [0x1011, 0x2000_0011, NEW & ~FS])
def test_namespaces_descriptors_of_processes_and_threads_that_share_less_are_not_simulated(threads, flags):
    assert threads.call("clone", flags) == "ENOSYS"
    assert threads.kernel.events[0].text.endswith("[not simulated]")


def test_a_thread_area_outside_user_memory(threads):
    assert threads.call("clone", NEW | SETTLS, 0, 0, 0, 1 << 47) == "EPERM"


def test_ids_are_written_where_they_were_asked_for(threads):
    parent, child = threads.word, threads.word + 4
    tid = threads.call("clone", NEW | PARENT_SETTID | SETTID, 0, parent, child)
    assert (threads.read(parent), threads.read(child)) == (tid, tid)
    assert threads.call("clone", NEW | PARENT_SETTID, 0, threads.guest.hole) == tid + 1


def test_a_thread_that_ends_clears_its_id_and_wakes_who_waits_for_that(threads):
    """mm_release, which pthread_join waits for."""
    main = threads.tid
    tid = threads.call("clone", NEW | SETTID | CLEARTID, 0, 0, threads.word)
    threads.call("futex", threads.word, WAIT, tid, 0)
    assert threads.tid == tid
    threads.call("exit", 0)
    assert (threads.tid, threads.result) == (main, 0)
    assert threads.read(threads.word) == 0


def test_exit_group_ends_all(threads):
    threads.call("clone", NEW)
    threads.call("exit_group", 9)
    assert threads.kernel.process.exit.code == 9


def test_the_first_threads_status_counts_when_threads_end_one_by_one(threads):
    """wait4 reports the leader's exit code unless exit_group was called."""
    threads.call("clone", NEW)
    threads.call("exit", 3)
    assert threads.kernel.process.exit is None
    threads.call("exit", 4)
    assert threads.kernel.process.exit.code == 3


def test_futex_wakes_those_who_came_first_and_says_how_many(threads):
    main = threads.tid
    tids = [threads.call("clone", NEW) for _ in range(3)]
    threads.give_way()
    for _ in tids:
        threads.kernel.clock.retired += 1
        threads.call("futex", threads.word, WAIT | PRIVATE, 0, 0)
    assert threads.tid == main
    assert threads.call("futex", threads.word + 4, WAKE, 9) == 0
    assert threads.call("futex", threads.word, WAKE, 2) == 2
    assert [threads.give_way(), threads.give_way()] == tids[:2]
    assert threads.give_way() == main
    assert threads.call("futex", threads.word, WAKE, 9) == 1


def test_a_word_that_has_changed_is_eagain(threads):
    assert threads.call("futex", threads.word, WAIT, 5, 0) == "EAGAIN"


def test_bits_choose_who_is_woken(threads):
    main, tid = threads.tid, threads.call("clone", NEW)
    threads.call("futex", threads.word, 9, 0, 0, 0, 0b10)
    assert threads.tid == tid
    assert threads.call("futex", threads.word, 10, 1, 0, 0, 0b01) == 0
    assert threads.call("futex", threads.word, 10, 1, 0, 0, 0b11) == 1
    assert threads.give_way() == main


def test_a_signal_for_one_thread_is_its_own(threads):
    """tgkill: the other thread's mask and queue don't matter."""
    main, tid = threads.tid, threads.call("clone", NEW)
    threads.guest.catch("SIGUSR1")
    assert threads.call("tgkill", main, tid, 10) == 0
    assert threads.tid == main and threads.registers.rip == threads.guest.after
    threads.registers.rsp = threads.guest.rw + 0x1F00
    assert threads.give_way() == tid
    assert threads.registers.rip == threads.guest.handler
