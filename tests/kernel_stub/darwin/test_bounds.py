"""What ports, messages and threads may take at most, and that a checkpoint copes with however they hold each other."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from kernel_stub.darwin.mach import kmsg, traps

SEND, SEND_TIMEOUT = 1, 0x10
MOVE_RECEIVE, MAKE_SEND, MAKE_SEND_ONCE, COPY_SEND, COMPLEX = 16, 20, 21, 19, 0x80000000
SUCCESS, SEND_TIMED_OUT, NO_BUFFER, RCV_TIMED_OUT = 0, 0x10000004, 0x1000000D, 0x10004003
RECEIVE, RECEIVE_TIMEOUT = 2, 0x100
ENOMEM = 12


def carry(mach, port: int, other: int, disposition: int) -> int:
    """Send one port a right to another."""
    body = struct.pack("<IIIHBB", 1, other, 0, 0, disposition, 0)
    return mach.send(mach.message(COMPLEX | MAKE_SEND, port, 0, 1, body))


def unpacked(mach, name: int) -> int:
    """How many ports are in each other's messages, behind this one."""
    count = 0
    while mach.receive(name, option=RECEIVE | RECEIVE_TIMEOUT) == SUCCESS:
        name = int.from_bytes(mach.received.data[28:32], "little")
        count += 1
    return count


def test_a_checkpoint_of_ports_in_each_others_messages(mach):
    first = name = mach.trap("mach_reply_port")
    for _ in range(1000):
        name, last = mach.trap("mach_reply_port"), name
        assert carry(mach, name, last, MOVE_RECEIVE) == SUCCESS
    saved = mach.kernel.checkpoint()
    for _ in range(2):
        mach.kernel.restore(saved)
        assert first not in mach.kernel.process.names.entries
        assert unpacked(mach, name) == 1000


def test_a_checkpoint_of_a_port_in_a_message_to_itself(mach):
    port, other = mach.trap("mach_reply_port"), mach.trap("mach_reply_port")
    assert carry(mach, port, port, MAKE_SEND) == carry(mach, port, other, MAKE_SEND) == SUCCESS
    mach.kernel.restore(mach.kernel.checkpoint())
    entries = mach.kernel.process.names.entries
    itself, second = entries[port].port.messages
    assert itself.destination is second.destination is itself.rights[0].port is entries[port].port
    assert second.rights[0].port is entries[other].port


def test_a_checkpoint_of_threads_in_each_others_messages(mach):
    """Each waits for room in a full queue with the port of the next in its message."""
    full = mach.trap("mach_reply_port")
    while mach.send(mach.message(MAKE_SEND, full, 0, 1), SEND | SEND_TIMEOUT) == SUCCESS:
        pass
    for _ in range(200):
        mach.thread()
    threads = mach.kernel.process.threads
    for port in [thread.frame.rsi for thread in threads[1:]]:
        carry(mach, full, port, COPY_SEND)
    mach.kernel.restore(mach.kernel.checkpoint())
    threads = mach.kernel.process.threads
    for thread, following in pairwise(threads):
        assert thread.waiting.source.message.rights[0].port.thread is following


@pytest.fixture
def little(monkeypatch):
    """Memory for ten messages of a header and 744 bytes."""
    monkeypatch.setattr(kmsg, "ROOM", 10 * 1024)


def fill(mach, port: int, disposition: int = MAKE_SEND, most: int = 30) -> tuple[int, int]:
    """How many such messages a port takes, and what is said of the next."""
    for count in range(most):
        answer = mach.send(mach.message(disposition, port, 0, 1, bytes(744)), SEND | SEND_TIMEOUT)
        if answer != SUCCESS:
            return count, answer
    raise AssertionError("there is no end")


def test_messages_in_many_ports_have_their_memory_together(mach, little):
    ports = [mach.trap("mach_reply_port") for _ in range(3)]
    assert [fill(mach, port) for port in ports] == [(5, SEND_TIMED_OUT), (5, NO_BUFFER), (0, NO_BUFFER)]
    assert mach.receive(ports[0], 1024) == SUCCESS
    assert fill(mach, ports[2]) == (1, NO_BUFFER)
    mach.kernel.restore(mach.kernel.checkpoint())
    assert fill(mach, ports[2]) == (0, NO_BUFFER)


def test_messages_to_send_once_rights_have_no_other_limit(mach, little):
    port = mach.trap("mach_reply_port")
    assert fill(mach, port, MAKE_SEND_ONCE) == (10, NO_BUFFER)
    for _ in range(10):
        assert mach.receive(port, 1024) == SUCCESS
    assert mach.receive(port, option=RECEIVE | RECEIVE_TIMEOUT) == RCV_TIMED_OUT
    assert mach.kernel.process.messages == 0


def test_a_message_that_is_refused_keeps_its_rights(mach, little):
    port, other = mach.trap("mach_reply_port"), mach.trap("mach_reply_port")
    fill(mach, port, MAKE_SEND_ONCE)
    body = struct.pack("<IIIHBB", 1, other, 0, 0, MOVE_RECEIVE, 0) + bytes(744)
    assert mach.send(mach.message(COMPLEX | MAKE_SEND, port, 0, 1, body)) == NO_BUFFER
    assert mach.kernel.process.names.entries[other].receive


def test_a_send_that_times_out_gives_its_memory_back(mach, little):
    port = mach.trap("mach_reply_port")
    fill(mach, port)
    held = mach.kernel.process.messages
    assert mach.send(mach.message(MAKE_SEND, port, 0, 1), SEND | SEND_TIMEOUT, 3) == SEND_TIMED_OUT
    assert mach.kernel.process.messages == held == 5 * 1024


def test_what_a_process_sent_goes_with_it(mach, little):
    mach.call("fork")
    parent, child = mach.kernel.processes
    assert mach.give_way() == child.tid
    assert fill(mach, mach.trap("mach_reply_port"), MAKE_SEND_ONCE) == (10, NO_BUFFER)
    mach.call("exit", 0)
    assert mach.kernel.process is parent
    assert child.exit is not None
    assert child.names.entries == {}
    assert fill(mach, mach.trap("mach_reply_port"), MAKE_SEND_ONCE) == (10, NO_BUFFER)


def test_names_have_an_end(mach, monkeypatch):
    monkeypatch.setattr(traps, "MOST_NAMES", 10)
    names = [mach.trap("mach_reply_port") for _ in range(12)]
    assert 0 not in names[:10]
    assert names[10:] == [0, 0]


def test_threads_have_an_end(mach):
    """bsdthread_create: ENOMEM if thread_create fails."""
    mach.call("bsdthread_register", mach.start, 0, 0)
    for _ in range(255):
        mach.call("bsdthread_create", 0xF00, 0, mach.stack, 0, 0)
        assert not mach.failed
    assert mach.call("bsdthread_create", 0xF00, 0, mach.stack, 0, 0) == ENOMEM
    assert mach.failed
    assert len(mach.kernel.process.threads) == 256
