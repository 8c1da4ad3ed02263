"""select with descriptors: what is ready, what is copied back, and what wakes it. Each test pins a rule of
bsd/kern/sys_generic.c (select, selprocess, selscan) or of a file's own fo_select."""

import struct

import pytest

from kernel_stub.signals import Action

SECOND = 1_000_000_000
EVERY = ("select", "select_nocancel")


@pytest.fixture
def ask(darwin):
    """`ask(n, readers, writers, others, time)`: the answer, and the sets afterwards. A set is a list of descriptors
    or None; a time is seconds, or None for ever."""

    def call(count, *sets, time=0.0, name="select"):
        addresses = [darwin.rw + 0x100 * index for index in range(3)]
        given = [*sets, None, None, None][:3]
        for address, members in zip(addresses, given, strict=True):
            darwin.put(address, sum(1 << fd for fd in members or []).to_bytes(128, "little"))
        darwin.put(darwin.rw + 0x400, struct.pack("<qi", int(time or 0), round((time or 0) % 1 * 10**6)))
        pointers = [address if members is not None else 0 for address, members in zip(addresses, given, strict=True)]
        answer = darwin.call(name, count, *pointers, darwin.rw + 0x400 if time is not None else 0)
        back = [int.from_bytes(darwin.memory.copy_in(address, 128), "little") for address in addresses]
        return answer, *([fd for fd in range(1024) if members >> fd & 1] for members in back)

    return call


def pipe(darwin):
    return darwin.call("pipe"), darwin.registers.rdx


@pytest.mark.parametrize("name", EVERY)
def test_the_terminal_can_be_written_and_its_end_read(ask, name):
    assert ask(3, [0], [1, 2], [0, 1], name=name) == (3, [0], [1, 2], [])


def test_a_terminal_without_a_line_cannot_be_read(darwin, ask):
    darwin.kernel.terminal.open = True
    assert ask(3, [0], [1]) == (1, [], [1], [])
    assert ask(3, [0]) == (0, [], [], [])


def test_a_line_wakes(darwin, ask):
    darwin.kernel.terminal.arrive(5_000_000, b"half")
    darwin.kernel.terminal.arrive(9_000_000, b" a line\n")
    assert ask(1, [0], time=None) == (1, [0], [], [])
    assert darwin.kernel.clock.now >= 9_000_000


def test_a_pipe_with_bytes_can_be_read(darwin, ask):
    reader, writer = pipe(darwin)
    assert ask(writer + 1, [reader], [writer]) == (1, [], [writer], [])
    darwin.call("write", writer, darwin.rw, 1)
    assert ask(writer + 1, [reader], [writer]) == (2, [reader], [writer], [])


def test_the_end_of_a_pipe_can_be_read(darwin, ask):
    reader, writer = pipe(darwin)
    darwin.call("close", writer)
    assert ask(9, [reader]) == (1, [reader], [], [])


def test_a_pipe_without_reader_can_be_written_and_read(darwin, ask):
    reader, writer = pipe(darwin)
    darwin.call("close", reader)
    assert ask(9, [writer], [writer]) == (2, [writer], [writer], [])


def test_a_pipe_can_be_written_while_pipe_buf_bytes_fit(darwin, ask):
    _, writer = pipe(darwin)
    for size in (*[8000] * 8, 65536 - 64000 - 512):
        assert darwin.call("write", writer, darwin.rw, size) == size
    assert ask(9, None, [writer]) == (1, [], [writer], [])
    assert darwin.call("write", writer, darwin.rw, 1) == 1
    assert ask(9, None, [writer]) == (0, [], [], [])


def test_the_other_direction_of_a_pipe_is_empty(darwin, ask):
    """xnu's pipes are pairs; nobody looks which way an end was meant."""
    reader, writer = pipe(darwin)
    assert ask(9, [writer], [reader]) == (1, [], [reader], [])


def test_bits_are_counted_and_not_descriptors(ask):
    assert ask(1, [0], [0]) == (2, [0], [0], [])


def test_a_bit_at_the_limit_is_not_looked_at(ask):
    assert ask(1, [0, 1, 9]) == (1, [0], [], [])


def test_only_words_of_the_table_are_written(darwin, ask):
    """`forgiving; slightly wrong`: the table of a small process has 25 entries, so one word of 32 bits."""
    assert ask(1024, [0, 40, 1000]) == (1, [0, 40, 1000], [], [])
    darwin.call("dup2", 0, 60)
    assert ask(1024, [0, 60, 99, 1000])[0] == "EBADF"
    assert ask(1024, [0, 60, 1000]) == (2, [0, 60, 1000], [], [])


@pytest.mark.parametrize("sets", [([9],), (None, [9]), (None, None, [9])])
def test_a_descriptor_that_is_not_open(ask, sets):
    answer, *after = ask(10, *sets)
    assert answer == "EBADF"
    assert after == [members or [] for members in [*sets, None, None][:3]]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((-1 & 0xFFFF_FFFF, 0, 0, 0, 0), "EINVAL"),
        ((-1 & 0xFFFF_FFFF, 0x12000, 0, 0, 0x12000), "EINVAL"),
        ((1, 0x12000, 0, 0, 0), "EFAULT"),
        ((1, 0, 0, 0x12000, 0), "EFAULT"),
        ((0, 0x12000, 0, 0, 0x10000), 0),
        ((0, 0, 0, 0, 0x12000), "EFAULT"),
        ((1, 0x13000, 0, 0, 0x10000), "EFAULT"),  # the answer can't be written
    ],
)
def test_arguments(darwin, arguments, answer):
    assert darwin.call("select", *arguments) == answer


@pytest.mark.parametrize("time", [(-1, 0), (0, -1), (0, 1_000_000), (100_000_001, 0)])
def test_times_that_itimerfix_refuses(darwin, time):
    darwin.put(darwin.rw, struct.pack("<qi", *time))
    assert darwin.call("select", 0, 0, 0, 0, darwin.rw) == "EINVAL"


def test_time_runs_out_and_empties_the_sets(darwin, ask):
    darwin.kernel.terminal.open = True
    before = darwin.kernel.clock.now
    assert ask(1, [0], time=1.25) == (0, [], [], [])
    assert darwin.kernel.clock.now - before == 1_250_000_000
    assert darwin.memory.copy_in(darwin.rw + 0x400, 12) == struct.pack("<qi", 1, 250_000)  # what is left isn't told


@pytest.mark.parametrize("flags", [0, 2])
def test_a_handler_ends_it_and_nothing_is_copied(darwin, ask, flags):
    """ERESTART becomes EINTR, with SA_RESTART too."""
    darwin.catch("SIGUSR1", flags)
    darwin.kernel.terminal.open = True
    darwin.kernel.deliver_at(10**6, "SIGUSR1")
    _, *after = ask(1, [0], time=None)
    assert darwin.frame()["ss.rax"] == 4
    assert after[0] == [0]


def test_what_is_ready_comes_before_a_signal(darwin, ask):
    darwin.catch("SIGUSR1")
    darwin.kernel.deliver_at(0, "SIGUSR1")
    ask(1, [0], time=None)
    assert darwin.frame()["ss.rax"] == 1


def test_a_write_by_another_thread_wakes(mach):
    reader = mach.call("pipe")
    writer, main, helper = mach.registers.rdx, mach.tid, mach.thread()
    mach.memory.copy_out(mach.buffer, (1 << reader).to_bytes(4, "little"))
    mach.call("select", writer + 1, mach.buffer, 0, 0, 0)
    assert mach.tid == helper
    assert mach.give_way() == helper  # nothing has happened yet
    mach.memory.copy_out(mach.buffer, bytes(4))  # the set was read long ago
    mach.call("write", writer, mach.guest.rw, 2)
    assert mach.give_way() == main
    assert (mach.registers.rax, mach.memory.copy_in(mach.buffer, 4)) == (1, (1 << reader).to_bytes(4, "little"))


def test_a_close_by_another_thread_wakes(mach):
    reader = mach.call("pipe")
    writer, main = mach.registers.rdx, mach.tid
    mach.thread()
    mach.memory.copy_out(mach.buffer, (1 << reader).to_bytes(4, "little"))
    mach.call("select", writer + 1, mach.buffer, 0, 0, 0)
    mach.call("close", writer)
    assert mach.give_way() == main
    assert mach.registers.rax == 1


@pytest.fixture
def selecting(mach):
    """The first thread selects on a pipe's reader, for ever; another one runs. The two ends, and the first one's id."""
    reader = mach.call("pipe")
    writer, main = mach.registers.rdx, mach.tid
    mach.thread()
    mach.memory.copy_out(mach.buffer, (1 << reader).to_bytes(4, "little"))
    mach.call("select", writer + 1, mach.buffer, 0, 0, 0)
    return reader, writer, main


@pytest.mark.parametrize("call", ["close", "close_nocancel", "dup2"])
def test_a_close_of_the_descriptor_itself_is_ebadf(mach, selecting, call):
    """fileproc_drain wakes it, and selscan finds the descriptor marked, whatever it stands for soon."""
    reader, writer, main = selecting
    mach.call(call, *((writer, reader) if call == "dup2" else (reader,)))
    assert mach.give_way() == main
    assert (mach.registers.rax, mach.failed) == (9, True)
    assert mach.memory.copy_in(mach.buffer, 4) == (1 << reader).to_bytes(4, "little")


def test_a_close_of_another_descriptor_is_none_of_its_business(mach, selecting):
    reader, _, main = selecting
    mach.call("close", mach.call("dup", reader))
    mach.call("dup2", reader, reader)
    assert mach.give_way() != main


def test_a_signal_that_comes_too_is_eintr(mach, selecting):
    """The sleep's end looks for signals first."""
    reader, _, main = selecting
    process, helper = mach.kernel.process, mach.kernel.thread
    process.actions[30] = Action(handler=0x400500, restorer=0x400600)
    helper.blocked = 1 << 29
    mach.call("close", reader)
    mach.kernel.post("SIGUSR1", "test")
    assert mach.give_way() == main
    assert mach.kernel.process.threads[0].tid == main
    assert [text for text in mach.texts if "interrupted" in text] == ["select is interrupted: EINTR"]


def test_a_sleeping_select_is_part_of_a_checkpoint(mach):
    reader = mach.call("pipe")
    writer, main = mach.registers.rdx, mach.tid
    mach.thread()
    mach.memory.copy_out(mach.buffer, (1 << reader).to_bytes(4, "little"))
    mach.call("select", writer + 1, mach.buffer, 0, 0, 0)
    state = mach.kernel.checkpoint()
    for _ in range(2):
        mach.kernel.restore(state)
        mach.call("write", writer, mach.guest.rw, 2)
        mach.call("read", reader, mach.guest.rw, 9)  # gone again: main looks, and sleeps on
        assert mach.give_way() != main
        mach.call("write", writer, mach.guest.rw, 2)
        assert mach.give_way() == main
