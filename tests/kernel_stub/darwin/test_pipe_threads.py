"""A pipe between two threads: who sleeps is woken by what the other one does."""

from __future__ import annotations


def test_a_write_wakes_the_reader(mach):
    reader = mach.call("pipe")
    writer, main, helper = mach.registers.rdx, mach.tid, mach.thread()
    mach.call("read", reader, mach.buffer, 9)
    assert mach.tid == helper
    mach.memory.copy_out(mach.buffer + 0x100, b"hi")
    mach.call("write", writer, mach.buffer + 0x100, 2)
    assert mach.give_way() == main
    assert (mach.registers.rax, mach.memory.copy_in(mach.buffer, 2)) == (2, b"hi")


def test_a_close_wakes_the_reader(mach):
    reader = mach.call("pipe")
    writer, main = mach.registers.rdx, mach.tid
    mach.thread()
    mach.call("read", reader, mach.buffer, 9)
    mach.call("close", writer)
    assert mach.give_way() == main
    assert (mach.registers.rax, mach.failed) == (0, False)


def test_a_write_that_does_not_fit_goes_on_as_there_is_room(mach):
    reader = mach.call("pipe")
    writer, main, helper = mach.registers.rdx, mach.tid, mach.thread()
    for _ in range(15):
        mach.call("write", writer, mach.guest.rw, 4096)
    mach.call("write", writer, mach.guest.rw, 4000)
    mach.call("write", writer, mach.guest.rw, 1000)
    assert mach.tid == helper
    mach.call("read", reader, mach.guest.rw, 904)
    assert mach.give_way() == main
    assert mach.registers.rax == 1000
