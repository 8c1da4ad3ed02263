"""dup(2) and dup2(2) on both systems, dup3(2) on Linux."""


def test_dup_gives_the_lowest_free_number(guest):
    guest.call("close", 0)
    assert guest.call("dup", 1) == 0
    assert guest.call("dup", 1) == 3
    assert guest.text == "dup(1) = 3"


def test_dup_at_the_limit(guest):
    guest.kernel.process.files.limit = 3
    assert guest.call("dup", 1) == "EMFILE"
    assert guest.call("dup", 9) == "EBADF"


def test_the_usual_soft_limits(linux, darwin):
    """ulimit -n of a fresh session: 1024 on Linux, 256 on a Mac."""
    assert linux.call("fcntl", 1, 0, 1023) == 1023
    assert linux.call("fcntl", 1, 0, 1023) == "EMFILE"
    assert darwin.call("fcntl", 1, 0, 255) == 255
    assert darwin.call("fcntl", 1, 0, 255) == "EMFILE"


def test_dup_shares_status_flags_but_not_close_on_exec(guest):
    F_GETFD, F_SETFD, F_GETFL, F_SETFL = (
        guest.kernel.personality.resolve(name) for name in ("F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL")
    )
    append = guest.kernel.personality.resolve("O_APPEND")
    guest.call("fcntl", 1, F_SETFD, 1)
    guest.call("dup", 1)
    guest.call("fcntl", 3, F_SETFL, append)
    assert guest.call("fcntl", 1, F_GETFL) & append
    assert guest.call("fcntl", 3, F_GETFD) == 0
    assert guest.call("fcntl", 1, F_GETFD) == 1


def test_dup2_takes_the_number(guest):
    assert guest.call("dup2", 1, 7) == 7
    assert guest.text == "dup2(1, 7) = 7"
    guest.put(guest.rw, b"x")
    guest.call("write", 7, guest.rw, 1)
    assert guest.kernel.terminal.output == [(7, b"x")]


def test_dup2_onto_itself_keeps_close_on_exec(guest):
    """xnu's dup2 and Linux's return the number before anything changes."""
    guest.call("fcntl", 1, 2, 1)
    assert guest.call("dup2", 1, 1) == 1
    assert guest.call("fcntl", 1, 1) == 1


def test_dup2_of_a_closed_number(guest):
    assert guest.call("dup2", 9, 9) == "EBADF"
    assert guest.call("dup2", 9, 1) == "EBADF"
    assert guest.call("fcntl", 1, 1) == 0  # descriptor 1 is still there


def test_dup2_beyond_the_limit(guest):
    assert guest.call("dup2", 1, guest.kernel.process.files.limit) == "EBADF"
    assert guest.call("dup2", 1, 0xFFFF_FFFF) == "EBADF"


def test_dup2_onto_itself_above_a_lowered_limit(linux, darwin):
    """Linux compares the two numbers first; xnu's dup2 looks at the limit first."""
    linux.kernel.process.files.limit = darwin.kernel.process.files.limit = 2
    assert linux.call("dup2", 2, 2) == 2
    assert darwin.call("dup2", 2, 2) == "EBADF"


def test_dup3_sets_close_on_exec(linux):
    assert linux.call("dup3", 1, 9, 0x80000) == 9
    assert linux.text == "dup3(1, 9, O_CLOEXEC) = 9"
    assert linux.call("fcntl", 9, 1) == 1


def test_dup3_takes_no_number_onto_itself(linux):
    assert linux.call("dup3", 1, 1, 0) == "EINVAL"
    assert linux.text == "dup3(1, 1, 0) = -1 EINVAL (Invalid argument)"


def test_dup3_takes_no_other_flag(linux):
    assert linux.call("dup3", 1, 9, 0x800) == "EINVAL"
    assert linux.text == "dup3(1, 9, O_NONBLOCK) = -1 EINVAL (Invalid argument)"


def test_darwin_has_no_dup3(darwin):
    assert "dup3" not in darwin.kernel.personality.numbers
