"""Mach traps that give names for things, and give way: osfmk/kern/ipc_tt.c, syscall_subr.c."""

from __future__ import annotations


def test_each_reply_port_is_a_new_one(mach):
    """mach_reply_port: a receive right and nothing else. Names start as xnu's do."""
    names = [mach.trap("mach_reply_port") for _ in range(3)]
    assert names == [0x103, 0x203, 0x303]
    entries = mach.kernel.process.names.entries
    assert all((entries[name].receive, entries[name].send) == (True, 0) for name in names)


def test_a_thing_has_one_name_however_often_it_is_asked_for(mach):
    """A send right is counted, not named anew."""
    for trap in ("task_self_trap", "thread_self_trap", "host_self_trap"):
        name = mach.trap(trap)
        assert mach.trap(trap) == name
        assert mach.kernel.process.names.entries[name].send == 2
        assert mach.texts == [f"{trap}() = {name:#x}"]
    assert len(mach.kernel.process.names.entries) == 3


def test_each_thread_has_a_port_of_its_own(mach):
    first = mach.trap("thread_self_trap")
    mach.thread()
    mach.give_way()
    assert mach.trap("thread_self_trap") != first


def test_the_port_that_a_new_thread_is_told_is_its_own(mach):
    mach.thread()
    told = mach.kernel.process.threads[-1].frame.rsi
    mach.give_way()
    assert mach.trap("thread_self_trap") == told


def test_swtch_says_whether_others_can_run(mach):
    assert [mach.trap("swtch_pri", 0), mach.trap("swtch")] == [0, 0]
    main, helper = mach.tid, mach.thread()
    mach.trap("swtch")
    assert mach.tid == helper
    mach.trap("swtch_pri", 0)
    assert mach.tid == main
    assert mach.registers.rax == 1


def test_thread_switch_gives_way(mach):
    main, helper = mach.tid, mach.thread()
    mach.trap("thread_switch", 0, 0, 0)
    assert mach.tid == helper
    mach.trap("thread_switch", 0, 1, 10)
    assert mach.tid == main
    assert mach.registers.rax == 0


def test_thread_switch_can_wait(mach):
    """SWITCH_OPTION_WAIT: milliseconds."""
    before = mach.kernel.clock.now
    assert mach.trap("thread_switch", 0, 2, 30) == 0
    assert mach.kernel.clock.now == before + 30_000_000


def test_thread_switch_has_three_options(mach):
    assert mach.trap("thread_switch", 0, 3, 0) == 4
