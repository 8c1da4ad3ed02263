"""Kernel state is plain data: it can be copied, put back, and run again to the same end."""

import copy


def exercise(guest):
    answers = [guest.call("dup2", 1, 7), guest.call("fcntl", 1, 2, 1), guest.call("write", 7, guest.rw, 3)]
    answers += [guest.call("read", 0, guest.rw, 9), guest.call("close", 7), guest.call("close", 7)]
    return answers, list(guest.kernel.terminal.output)


def test_a_deep_copy_is_independent(typing):
    guest = typing("linux", b"abc\n")
    other = copy.deepcopy(guest)
    first = exercise(guest)
    assert other.kernel.terminal.output == []
    assert exercise(other) == first
    assert other.kernel.personality is guest.kernel.personality


def test_restore_runs_again_to_the_same_end(typing):
    guest = typing("darwin", b"abc\n")
    guest.kernel.inject(77)
    before = guest.kernel.checkpoint()
    first = exercise(guest)
    for _ in range(2):  # a checkpoint can be used more than once
        guest.kernel.restore(before)
        assert exercise(guest) == first


def test_a_copy_keeps_descriptors_of_one_file_together(guest):
    state = guest.kernel.checkpoint()
    descriptors = state.process.files.descriptors
    assert descriptors[0].open_file is descriptors[1].open_file is descriptors[2].open_file
    assert descriptors[0].open_file.file is state.terminal


def test_restoring_takes_back_an_exit(guest):
    before = guest.kernel.checkpoint()
    guest.call("exit", 1)
    guest.kernel.restore(before)
    assert guest.kernel.process.exit is None


def test_nothing_is_recorded_while_nobody_looks(guest):
    guest.kernel.observe = False
    guest.call("close", 99)
    guest.call("mmap")
    assert guest.kernel.events == []
