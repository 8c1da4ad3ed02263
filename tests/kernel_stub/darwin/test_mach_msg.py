"""mach_msg: osfmk/ipc/mach_msg.c and ipc_kmsg.c, ipc_mqueue.c; the kernel's own answers: ipc_kobject.c."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_stub.cpu import Registers
from kernel_stub.darwin.abi import MACH
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.kernel import Kernel
from kernel_stub.pages import PAGE, PageMemory

SEND, RECEIVE, LARGE, SEND_TIMEOUT, NOTIFY, RECEIVE_TIMEOUT = 1, 2, 4, 0x10, 0x80, 0x100
MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE, COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE = 16, 17, 18, 19, 20, 21
COMPLEX = 0x80000000
NDR = bytes((0, 0, 0, 0, 1, 0, 0, 0))
SUCCESS, INVALID_DATA, INVALID_DEST, SEND_TIMED_OUT = 0, 0x10000002, 0x10000003, 0x10000004
TOO_SMALL, INVALID_REPLY, INVALID_RIGHT, INVALID_NOTIFY = 0x10000008, 0x10000009, 0x1000000A, 0x1000000B
INVALID_TYPE, INVALID_HEADER = 0x1000000F, 0x10000010
RCV_INVALID_NAME, RCV_TIMED_OUT, RCV_TOO_LARGE = 0x10004002, 0x10004003, 0x10004004
RCV_INTERRUPTED, RCV_INVALID_DATA = 0x10004005, 0x10004008
BAD_ID, BAD_ARGUMENTS, TYPE_ERROR = -303, -304, -300


def code(mach) -> int:
    """What the answer in the buffer says: mig_reply_error_t's RetCode."""
    assert mach.received.size == 36
    return int.from_bytes(mach.received.data[32:36], "little", signed=True)


# Semaphores by message --------------------------------------------------------------------------


def test_semaphore_create_answers_with_a_port(mach):
    """The reply has the request's id plus 100, and one descriptor; a trailer of 8 bytes follows."""
    name = mach.semaphore()
    reply = mach.received
    assert (reply.bits, reply.size, reply.remote, reply.id) == (COMPLEX | MOVE_SEND_ONCE << 8, 40, 0, 3518)
    assert struct.unpack("<IIIHBB", reply.data[24:40]) == (1, name, 0, 0, MOVE_SEND, 0)
    assert mach.memory.copy_in(mach.buffer + 40, 8) == struct.pack("<II", 0, 8)
    assert mach.trap("semaphore_signal_trap", name) == SUCCESS


def test_the_reply_comes_to_the_port_that_was_named(mach):
    mach.semaphore()
    names = mach.kernel.process.names
    assert names.entries[mach.received.local].receive


@pytest.mark.parametrize(("policy", "value"), [(0, -1), (8, 0), (0x7FFFFFFF, 0)])
def test_semaphore_create_refuses(mach, policy, value):
    assert mach.ask(3418, NDR + struct.pack("<ii", policy, value)) == SUCCESS
    assert (code(mach), mach.received.id) == (4, 3518)


@pytest.mark.parametrize("body", [b"", NDR, NDR + bytes(12)])
def test_a_request_of_the_wrong_size_has_bad_arguments(mach, body):
    mach.ask(3418, body)
    assert code(mach) == BAD_ARGUMENTS


def test_semaphore_destroy_takes_a_send_right_alone(mach):
    port = mach.trap("mach_reply_port")
    for disposition, answer in ((MAKE_SEND_ONCE, TYPE_ERROR), (MAKE_SEND, 4)):
        mach.ask(3419, struct.pack("<IIIHBB", 1, port, 0, 0, disposition, 0), COMPLEX)
        assert code(mach) == answer
    mach.ask(3419, bytes(16))
    assert code(mach) == BAD_ARGUMENTS


def test_another_ports_semaphores_are_refused(mach):
    """convert_port_to_task: a thread's port is no task."""
    mach.ask(3418, NDR + bytes(8), port=mach.trap("thread_self_trap"))
    assert code(mach) == 4


@pytest.mark.parametrize(("number", "simulated"), [(0, True), (9999, True), (3402, False), (-1, True)])
def test_ids_that_are_no_routine(mach, number, simulated):
    """MIG_BAD_ID; the trace says so where xnu has one."""
    assert mach.ask(number, b"") == SUCCESS
    assert code(mach) == BAD_ID
    assert mach.received.id == number + 100
    assert mach.texts[0].endswith("[not simulated]") is not simulated


# Sending ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 23, 25, 26, 0xFFFFFFFF])
def test_sizes_that_no_message_has(mach, size):
    assert mach.send(size) == TOO_SMALL


def test_a_message_that_cannot_be_read(mach):
    assert mach.trap("mach_msg_trap", mach.guest.hole - 8, SEND, 24, 0, 0, 0) == INVALID_DATA


@pytest.mark.parametrize(
    ("bits", "local"),
    [(0, 0), (MOVE_RECEIVE, 0), (22, 0), (COPY_SEND, 5), (COPY_SEND | 22 << 8, 0), (COPY_SEND | 1 << 16, 0),
     (COPY_SEND | MOVE_RECEIVE << 8, 5)],
)  # fmt: skip
def test_header_bits_that_are_not_allowed(mach, bits, local):
    """ipc_kmsg_copyin_header: MACH_SEND_INVALID_HEADER."""
    assert mach.send(mach.message(bits, mach.trap("task_self_trap"), local, 1)) == INVALID_HEADER


@pytest.mark.parametrize("remote", [0, 0xFFFFFFFF, 0x9903])
def test_destinations_that_are_none(mach, remote):
    assert mach.send(mach.message(COPY_SEND, remote, 0, 1)) == INVALID_DEST
    assert mach.texts[0].endswith(" = MACH_SEND_INVALID_DEST (0x10000003)")


def test_a_right_that_cannot_be_given_so(mach):
    port = mach.trap("mach_reply_port")
    assert mach.send(mach.message(COPY_SEND, port, 0, 1)) == INVALID_DEST
    task = mach.trap("task_self_trap")
    assert mach.send(mach.message(MAKE_SEND, task, 0, 1)) == INVALID_DEST
    assert mach.send(mach.message(COPY_SEND | MAKE_SEND << 8, task, 0x9903, 1)) == INVALID_REPLY
    assert mach.send(mach.message(COPY_SEND | COPY_SEND << 8, task, port, 1)) == INVALID_REPLY


def test_a_failed_header_takes_nothing(mach):
    task = mach.trap("task_self_trap")
    assert mach.send(mach.message(MOVE_SEND | MAKE_SEND << 8, task, 0x9903, 1)) == INVALID_REPLY
    assert mach.kernel.process.names.entries[task].send == 1


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", TOO_SMALL),
        (struct.pack("<I", 1), TOO_SMALL),
        (struct.pack("<I", 0xFFFFFFFF) + bytes(12), TOO_SMALL),
        (struct.pack("<IIIHBB", 1, 0x9903, 0, 0, COPY_SEND, 0), INVALID_RIGHT),
        (struct.pack("<IIIHBB", 1, 0, 0, 0, 99, 0), INVALID_TYPE),
        (struct.pack("<IIIHBB", 1, 0, 0, 0, COPY_SEND, 4), INVALID_TYPE),
    ],
)
def test_bodies_that_are_refused(mach, body, answer):
    """ipc_kmsg_copyin_body."""
    assert mach.send(mach.message(COMPLEX | COPY_SEND, mach.trap("task_self_trap"), 0, 1, body)) == answer
    assert "not simulated" not in mach.texts[0]


def test_memory_out_of_line_is_not_simulated(mach):
    body = struct.pack("<IIIHBB", 1, 0, 0, 0, 0, 1)
    mach.send(mach.message(COMPLEX | COPY_SEND, mach.trap("task_self_trap"), 0, 1, body))
    assert mach.texts[0].endswith("[not simulated]")


def test_a_notification_needs_a_port(mach):
    """The seventh argument lies behind one word of the stack, where CALL would have left an address."""
    stack = mach.registers.rsp
    size = mach.message(COPY_SEND, mach.trap("task_self_trap"), 0, 1)
    mach.memory.copy_out(stack, struct.pack("<QQ", 7, 0))
    assert mach.send(size, SEND | NOTIFY) == INVALID_NOTIFY
    mach.memory.copy_out(stack, struct.pack("<QQ", 0, 7))
    assert mach.send(size, SEND | NOTIFY) == SUCCESS


def test_a_stack_that_cannot_be_read(mach):
    """mach_call_munger64: KERN_INVALID_ARGUMENT."""
    mach.registers.rsp = mach.guest.hole - 8
    assert mach.send(24) == 4


# Queues -------------------------------------------------------------------------------------------


def post(mach, port: int, number: int, body: bytes = b"", option: int = SEND, timeout: int = 0) -> int:
    """Send a message to a port of the task's own."""
    return mach.send(mach.message(MAKE_SEND, port, 0, number, body), option, timeout)


def test_messages_come_in_the_order_they_were_sent(mach):
    port = mach.trap("mach_reply_port")
    for number in (1, 2, 3):
        assert post(mach, port, number, bytes([number] * 4)) == SUCCESS
    for number in (1, 2, 3):
        assert mach.receive(port) == SUCCESS
        received = mach.received
        assert (received.id, received.local, received.remote, received.data[24:]) == (
            number, port, 0, bytes([number] * 4)
        )  # fmt: skip
        assert received.bits == MOVE_SEND << 8


def test_remote_and_local_change_places_for_the_receiver(mach):
    port, reply = mach.trap("mach_reply_port"), mach.trap("mach_reply_port")
    mach.send(mach.message(MAKE_SEND | MAKE_SEND_ONCE << 8, port, reply, 5))
    mach.receive(port)
    received = mach.received
    assert (received.bits, received.local) == (MOVE_SEND_ONCE | MOVE_SEND << 8, port)
    assert received.remote not in (0, port, reply)  # a send-once right has a name of its own
    assert mach.send(mach.message(MOVE_SEND_ONCE, received.remote, 0, 6)) == SUCCESS
    assert mach.send(mach.message(MOVE_SEND_ONCE, received.remote, 0, 6)) == INVALID_DEST
    assert mach.receive(reply) == SUCCESS
    assert mach.received.id == 6


def test_a_full_queue_lets_the_sender_wait(mach):
    """MACH_PORT_QLIMIT_DEFAULT is 5."""
    port = mach.trap("mach_reply_port")
    assert [post(mach, port, n) for n in range(5)] == [SUCCESS] * 5
    assert post(mach, port, 5, option=SEND | SEND_TIMEOUT) == SEND_TIMED_OUT
    before = mach.kernel.clock.now
    assert post(mach, port, 5, option=SEND | SEND_TIMEOUT, timeout=3) == SEND_TIMED_OUT
    assert mach.kernel.clock.now == before + 3_000_000
    main, helper = mach.tid, mach.thread()
    post(mach, port, 6)
    assert mach.tid == helper
    mach.receive(port)
    assert mach.give_way() == main
    assert mach.registers.rax == SUCCESS
    ids = []
    for _ in range(5):
        mach.receive(port)
        ids.append(mach.received.id)
    assert ids == [1, 2, 3, 4, 6]


def test_a_receiver_waits_until_a_message_comes(mach):
    port, main, helper = mach.trap("mach_reply_port"), mach.tid, mach.thread()
    mach.receive(port)
    assert mach.tid == helper
    assert post(mach, port, 42) == SUCCESS
    assert mach.give_way() == main
    assert mach.received.id == 42


def test_a_receiver_waits_no_longer_than_its_timeout(mach):
    port = mach.trap("mach_reply_port")
    assert mach.receive(port, option=RECEIVE | RECEIVE_TIMEOUT) == RCV_TIMED_OUT
    before = mach.kernel.clock.now
    assert mach.receive(port, option=RECEIVE | RECEIVE_TIMEOUT, timeout=7) == RCV_TIMED_OUT
    assert mach.kernel.clock.now == before + 7_000_000


def test_a_signal_breaks_a_receive(mach):
    port = mach.trap("mach_reply_port")
    mach.guest.catch("SIGUSR1")
    mach.kernel.deliver_at(1000, "SIGUSR1")
    mach.receive(port)
    assert any("MACH_RCV_INTERRUPTED (0x10004005)" in text for text in mach.texts)


def test_a_port_without_receive_right_gives_nothing(mach):
    assert mach.receive(0) == RCV_INVALID_NAME
    assert mach.receive(mach.trap("task_self_trap")) == RCV_INVALID_NAME


@pytest.mark.parametrize("room", [0, 24, 31, 39])
def test_a_message_too_large_for_the_buffer_is_lost(mach, room):
    """8 bytes of body and a trailer of 8: 40 bytes. The header alone is written."""
    port = mach.trap("mach_reply_port")
    post(mach, port, 1, bytes(8))
    assert mach.receive(port, room) == RCV_TOO_LARGE
    assert (mach.received.size, mach.received.id) == (24, 1)
    assert mach.receive(port, option=RECEIVE | RECEIVE_TIMEOUT) == RCV_TIMED_OUT


def test_with_rcv_large_it_stays_and_its_size_is_told(mach):
    port = mach.trap("mach_reply_port")
    post(mach, port, 1, bytes(8))
    assert mach.receive(port, 39, RECEIVE | LARGE) == RCV_TOO_LARGE
    assert mach.received.size == 32
    assert mach.receive(port, 40, RECEIVE | LARGE) == SUCCESS


def test_a_buffer_that_cannot_be_written(mach):
    port = mach.trap("mach_reply_port")
    post(mach, port, 1)
    assert mach.trap("mach_msg_trap", mach.guest.ro, RECEIVE, 0, 256, port, 0) == RCV_INVALID_DATA


@pytest.mark.parametrize(("element", "size"), [(0, 8), (1, 12), (2, 20), (3, 52)])
def test_a_trailer_has_what_was_asked_for(mach, element, size):
    """MACH_RCV_TRAILER_ELEMENTS: sequence number, then the sender's ids, then the audit token."""
    port = mach.trap("mach_reply_port")
    post(mach, port, 1)
    mach.receive(port)
    post(mach, port, 2)
    assert mach.receive(port, option=RECEIVE | element << 24) == SUCCESS
    trailer = mach.memory.copy_in(mach.buffer + 24, size)
    full = struct.pack("<IIIII", 0, size, 1, 501, 20) + bytes(32)
    assert trailer == full[:size]


def test_rights_travel_in_messages(mach):
    """A receive right that is given to oneself comes back under a new name, with its messages."""
    port, other = mach.trap("mach_reply_port"), mach.trap("mach_reply_port")
    post(mach, other, 77)
    body = struct.pack("<IIIHBB", 1, other, 0, 0, MOVE_RECEIVE, 0)
    assert mach.send(mach.message(COMPLEX | MAKE_SEND, port, 0, 1, body)) == SUCCESS
    assert mach.receive(other) == RCV_INVALID_NAME
    mach.receive(port)
    name = int.from_bytes(mach.received.data[28:32], "little")
    assert mach.receive(name) == SUCCESS
    assert mach.received.id == 77


def test_names_are_used_again_with_another_generation(mach):
    first = mach.semaphore()
    mach.destroy(first)
    again = mach.semaphore()
    assert again != first
    assert first & 3 == again & 3 == 3


WORDS = st.one_of(st.sampled_from([0, 1, 2, 3, 0x103, 0x203, 0x303, 0x80001513, 0x1513, 3418, 3419, 0xFFFFFFFF]),
                  st.integers(0, (1 << 32) - 1))  # fmt: skip
BUFFERS = st.lists(WORDS, max_size=16).map(lambda words: struct.pack(f"<{len(words)}I", *words))


@settings(max_examples=300, deadline=None)
@given(BUFFERS, st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=4))
def test_any_message(buffer, calls):
    """Whatever is sent, the kernel answers a code that has a name, or sleeps."""
    memory = PageMemory()
    memory.map(0x10000, PAGE)
    memory.copy_out(0x10800, buffer)
    kernel = Kernel(DARWIN, memory)
    kernel.observe = True
    for number in (28, 26):
        kernel.syscall(Registers(rax=MACH | number, rsp=0x10100))
    for option, size, room, name, timeout in calls:
        registers = Registers(
            rax=MACH | 31, rdi=0x10800, rsi=option, rdx=size, r10=room, r8=name, r9=timeout, rsp=0x10100, rflags=0x202
        )
        kernel.events.clear()
        kernel.syscall(registers)
        if kernel.waiting:
            return
        assert all(event.text for event in kernel.events)
        assert "MACH_" in kernel.events[0].text.split(" = ")[1] or registers.rax == 4
