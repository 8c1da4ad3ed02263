"""bsdthread_register, _create, _terminate, thread_selfid: bsd/kern/pthread_synch.c of xnu 1228."""

from __future__ import annotations

import pytest

from kernel_stub.cpu import NAMES

EINVAL = 22


def test_a_thread_starts_as_the_c_library_expects(mach):
    mach.call("bsdthread_register", 0x500000, 0, 0)
    mach.registers.r12, mach.registers.fs_base = 77, 88
    assert mach.call("bsdthread_create", 0xF00, 0xA26, 0x12000, 0xB0B, 0x1000000) == 0xB0B
    (thread,) = mach.kernel.process.threads[1:]
    port = mach.kernel.process.names.name_of(mach.kernel.process.thread_port(thread))
    start = {name: getattr(thread.frame, name) for name in NAMES}
    assert {name: value for name, value in start.items() if value} == {
        "rip": 0x500000, "rdi": 0xB0B, "rsi": port, "rdx": 0xF00, "rcx": 0xA26, "r8": 0x12000, "r9": 0x1000000,
        "rsp": 0x12000 - 128, "rflags": 0x202, "cs": 0x2B, "ss": 0x23,
    }  # fmt: skip
    assert mach.texts == [
        "bsdthread_create(0xf00, 0xa26, 0x12000, 0xb0b, 0x1000000) = 0xb0b",
        f"thread {thread.tid} is created, to start at 0x500000",
    ]


def test_the_creator_goes_on(mach):
    main = mach.tid
    mach.thread()
    assert mach.tid == main
    assert len(mach.kernel.process.threads) == 2


def test_a_new_thread_has_its_creators_mask(mach):
    """uthread_alloc."""
    mach.kernel.thread.blocked = 0x40
    mach.thread()
    assert mach.kernel.process.threads[-1].blocked == 0x40


@pytest.mark.parametrize(("size", "error"), [(0, False), (1 << 16, False), (0x10001, True), (0xFFFFFFFF, True)])
def test_register_refuses_sizes_that_no_pthread_has(mach, size, error):
    result = mach.call("bsdthread_register", 0x500000, 0, size)
    assert mach.failed is error
    assert result == (EINVAL if error else 0)


def test_terminate_ends_the_thread_and_the_others_go_on(mach):
    main, helper = mach.tid, mach.thread()
    assert mach.give_way() == helper
    mach.registers.rbx = 0xBAD
    mach.call("bsdthread_terminate", 0, 0, 0, 0)
    assert mach.tid == main
    assert mach.registers.rbx == 0
    assert [thread.tid for thread in mach.kernel.process.threads] == [main]
    assert mach.kernel.slice_end is None
    assert mach.texts[:2] == ["bsdthread_terminate(NULL, 0, 0, 0) = ?", f"thread {helper} has ended"]


def test_the_first_thread_may_end_before_the_others(mach):
    helper = mach.thread()
    mach.call("bsdthread_terminate", 0, 0, 0, 0)
    assert mach.tid == helper
    assert mach.kernel.process.exit is None
    mach.call("exit", 3)
    assert mach.kernel.process.exit.code == 3


def test_with_the_last_thread_the_process_ends(mach):
    mach.call("bsdthread_terminate", 0, 0, 0, 0)
    assert mach.kernel.process.exit.code == 0
    assert mach.texts == ["bsdthread_terminate(NULL, 0, 0, 0) = ?", "exited with 0"]


def test_terminate_signals_a_semaphore(mach):
    name, main = mach.semaphore(), mach.tid
    helper = mach.thread()
    mach.trap("semaphore_wait_trap", name)
    assert mach.tid == helper
    mach.call("bsdthread_terminate", 0, 0, 0, name)
    assert mach.tid == main
    assert mach.registers.rax == 0


def test_terminate_with_a_bad_semaphore_does_not(mach):
    mach.thread()
    assert mach.call("bsdthread_terminate", 0, 0, 0, 0x9903) == EINVAL
    assert mach.failed
    assert len(mach.kernel.process.threads) == 2


def test_terminate_frees_the_stack_and_the_port(mach):
    from kernel_stub.address_space import Region
    from kernel_stub.cpu import Protection

    stack = Region(0x700000, 0x703000, Protection.READ | Protection.WRITE)
    mach.kernel.process.space.map(mach.memory, stack)
    mach.thread()
    port = mach.trap("thread_self_trap")
    mach.call("bsdthread_terminate", 0x701800, 0x1000, port, 0)
    space = mach.kernel.process.space
    assert [space.find(address) is None for address in (0x700000, 0x701000, 0x702000)] == [False, True, True]
    assert port not in mach.kernel.process.names.entries


def test_a_port_of_a_thread_that_ended_is_dead(mach):
    name = mach.semaphore()
    mach.thread()
    port = mach.trap("thread_self_trap")
    mach.call("bsdthread_terminate", 0, 0, 0, 0)
    assert mach.trap("semaphore_signal_thread_trap", name, port) == 4


def test_every_thread_has_an_id_of_its_own_and_none_is_used_twice(mach):
    ids = [mach.call("thread_selfid")]
    for _ in range(3):
        mach.thread()
        mach.give_way()
        ids.append(mach.call("thread_selfid"))
        mach.call("bsdthread_terminate", 0, 0, 0, 0)
    assert len(set(ids)) == 4


def test_exit_ends_all_threads(mach):
    mach.thread()
    mach.give_way()
    mach.call("exit", 7)
    assert mach.kernel.process.exit.code == 7
