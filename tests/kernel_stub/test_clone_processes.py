"""clone and clone3 without CLONE_THREAD: what a process shares with its parent (kernel/fork.c)."""

import struct

import pytest

from kernel_stub.process import NO_STACK, AltStack
from kernel_stub.signals import IGNORE, Action

VM, FILES, SIGHAND, VFORK, PARENT = 0x100, 0x400, 0x800, 0x4000, 0x8000
SETTLS, PARENT_SETTID, CLEARTID, SETTID = 0x80000, 0x100000, 0x200000, 0x1000000
CLEAR_SIGHAND = 1 << 32
CHLD, USR1 = 17, 10
WAIT = 0


def clone(family, flags: int, stack: int = 0, parent_tid: int = 0, child_tid: int = 0, tls: int = 0) -> int:
    family.call("clone", flags, stack, parent_tid, child_tid, tls)
    return family.kernel.newest_id


def test_its_stack_and_thread_area(linux_family):
    child = clone(linux_family, CHLD | SETTLS, 0x77000, tls=0x5000)
    linux_family.until(child)
    registers = linux_family.registers
    assert (registers.rax, registers.rsp, registers.fs_base) == (0, 0x77000, 0x5000)


def test_ids_go_where_they_were_asked_for(linux_family):
    """The parent's word is the parent's, the child's is the child's."""
    parent_word, child_word = linux_family.rw, linux_family.rw + 8
    child = clone(linux_family, CHLD | PARENT_SETTID | SETTID, 0, parent_word, child_word)
    assert (linux_family.word(parent_word), linux_family.word(child_word)) == (child, 0)
    linux_family.until(child)
    assert (linux_family.word(parent_word), linux_family.word(child_word)) == (0, child)


def test_the_trace_names_the_flags(linux_family):
    clone(linux_family, CHLD | CLEARTID | SETTID)
    assert linux_family.texts[0].startswith("clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, NULL")
    clone(linux_family, 0)
    assert linux_family.texts[0].startswith("clone(0, NULL")


def test_with_the_memory_shared_a_write_is_seen_and_the_end_told_there(linux_family):
    word = linux_family.rw + 16
    linux_family.kernel.thread.altstack = AltStack(0x10000, 0x8000)
    child = clone(linux_family, CHLD | VM | SETTID | CLEARTID, 0x77000, child_tid=word)
    assert linux_family.word(word) == child
    linux_family.call("futex", word, WAIT, child, 0)
    assert linux_family.pid == child
    assert linux_family.kernel.thread.altstack == NO_STACK
    linux_family.call("exit_group", 0)
    assert (linux_family.pid, linux_family.result) == (linux_family.first, 0)  # mm_release woke it
    assert linux_family.word(word) == 0


def test_without_it_the_word_stays(linux_family):
    word = linux_family.rw + 16
    child = clone(linux_family, CHLD | SETTID | CLEARTID, child_tid=word)
    linux_family.until(child)
    linux_family.call("exit_group", 0)
    linux_family.until(linux_family.first)
    assert linux_family.word(word) == 0  # its own copy never had the id


def test_shared_descriptors(linux_family):
    child = clone(linux_family, CHLD | FILES)
    linux_family.until(child)
    assert linux_family.call("dup2", 1, 9) == 9
    linux_family.call("exit_group", 0)
    linux_family.until(linux_family.first)
    assert linux_family.call("close", 9) == 0


def test_shared_actions(linux_family):
    child = clone(linux_family, CHLD | VM | SIGHAND, 0x77000)
    linux_family.until(child)
    linux_family.catch("SIGUSR1")
    linux_family.until(linux_family.first)
    assert linux_family.kernel.process.actions[USR1].handler == linux_family.guest.handler


@pytest.mark.parametrize("signal", [0, USR1, CHLD])
def test_the_signal_at_its_end(linux_family, signal):
    child = clone(linux_family, signal)
    linux_family.catch("SIGUSR1")
    linux_family.until(child)
    linux_family.call("exit_group", 0)
    posted = [text for text in linux_family.texts if f"child {child} exited" in text]
    assert [text.split()[0] for text in posted] == ([] if not signal else ["SIGUSR1" if signal == USR1 else "SIGCHLD"])


def test_a_brother(linux_family):
    """CLONE_PARENT: the caller's parent is its parent."""
    child = linux_family.fork()
    brother = clone(linux_family, PARENT | CHLD)
    linux_family.until(brother)
    assert linux_family.call("getppid") == linux_family.first
    assert brother > child


def test_vfork_with_a_stack_of_its_own(linux_family):
    """posix_spawn."""
    child = clone(linux_family, VM | VFORK | CHLD, 0x77000)
    assert linux_family.pid == child
    linux_family.call("exit_group", 1)
    assert (linux_family.pid, linux_family.result) == (linux_family.first, child)


def arguments(family, *, flags: int = 0, signal: int = CHLD, stack: int = 0, size: int = 0, tls: int = 0) -> int:
    values = flags, 0, family.rw + 0x80, family.rw + 0x88, signal, stack, size, tls
    family.guest.put(family.rw + 0x100, struct.pack("<8Q", *values) + bytes(64))
    return family.rw + 0x100


def test_clone3(linux_family):
    at = arguments(linux_family, flags=PARENT_SETTID | SETTID, stack=0x70000, size=0x7000)
    child = linux_family.call("clone3", at, 64)
    assert linux_family.word(linux_family.rw + 0x88) == child
    linux_family.until(child)
    assert linux_family.registers.rsp == 0x77000
    assert linux_family.word(linux_family.rw + 0x80) == child


def test_clone3_may_sleep_and_take_handlers_away(linux_family):
    linux_family.catch("SIGUSR1")
    linux_family.kernel.process.actions[12] = Action(IGNORE)
    at = arguments(linux_family, flags=VM | VFORK | CLEAR_SIGHAND, stack=0x70000, size=0x7000)
    linux_family.call("clone3", at, 88)
    actions = linux_family.kernel.process.actions
    assert (actions[USR1].handler, actions[12].handler) == (0, IGNORE)
    linux_family.call("exit_group", 0)
    assert linux_family.result == linux_family.kernel.newest_id


@pytest.mark.parametrize(
    ("values", "size", "errno"),
    [
        ({}, 63, "EINVAL"), ({}, 4097, "E2BIG"), ({"signal": 65}, 64, "EINVAL"), ({"flags": 1 << 34}, 64, "EINVAL"),
        ({"stack": 0x70000}, 64, "EINVAL"), ({"size": 0x7000}, 64, "EINVAL"), ({"flags": CHLD}, 64, "EINVAL"),
        ({"flags": PARENT}, 64, "EINVAL"), ({"flags": SIGHAND | VM | CLEAR_SIGHAND}, 64, "EINVAL"),
        ({"flags": SIGHAND}, 64, "EINVAL"), ({"stack": 1 << 47, "size": 4096}, 64, "EINVAL"),
    ],
)  # fmt: skip
def test_arguments_that_clone3_refuses(linux_family, values, size, errno):
    assert linux_family.call("clone3", arguments(linux_family, **values), size) == errno


def test_clone3_and_more_than_it_knows(linux_family):
    at = arguments(linux_family)
    linux_family.guest.put(at + 100, b"\1")
    assert linux_family.call("clone3", at, 128) == "E2BIG"
    assert linux_family.call("clone3", linux_family.guest.hole, 64) == "EFAULT"
