"""uname(2), getrandom(2), getrlimit(2), setrlimit(2), prlimit64."""

import struct

import pytest

NOFILE, STACK, SIGPENDING, AS = 7, 3, 11, 9
INFINITY = (1 << 64) - 1


def limits(guest):
    return struct.unpack("<QQ", guest.memory.copy_in(guest.rw, 16))


def put_limits(guest, soft, hard):
    guest.put(guest.rw + 64, struct.pack("<QQ", soft, hard))
    return guest.rw + 64


def test_the_system_has_a_name(linux):
    assert linux.call("uname", linux.rw) == 0
    fields = [field.rstrip(b"\0") for field in struct.unpack("65s65s65s65s65s65s", linux.memory.copy_in(linux.rw, 390))]
    assert (fields[0], fields[4]) == (b"Linux", b"x86_64")
    assert linux.call("uname", linux.ro) == "EFAULT"


def test_random_bytes_are_the_same_in_every_run(linux, typing):
    linux.call("getrandom", linux.rw, 100, 0)
    assert linux.text == "getrandom(0x10000, 100, 0) = 100"
    one = linux.memory.copy_in(linux.rw, 100)
    again = typing("linux", b"")
    again.call("getrandom", again.rw, 100, 1)
    assert again.memory.copy_in(again.rw, 100) == one
    again.call("getrandom", again.rw, 100, 0)
    assert again.memory.copy_in(again.rw, 100) != one


@pytest.mark.parametrize(
    ("address", "size", "flags", "expected"),
    [
        (0x10000, 8, 8, "EINVAL"),
        (0x10000, 8, 6, "EINVAL"),
        (0x10000, 8, 4, 8),
        (0x12000, 8, 0, "EFAULT"),
        (0x12000, 0, 0, 0),
        (0x11FFC, 8, 0, 4),
        (1 << 63, 1, 0, "EFAULT"),
    ],
)
def test_getrandom(linux, address, size, flags, expected):
    assert linux.call("getrandom", address, size, flags) == expected


def test_limits_that_are_enforced_are_those_that_are_told(linux):
    for resource, soft in ((STACK, 8 << 20), (NOFILE, 1024), (SIGPENDING, linux.kernel.process.sigpending_limit)):
        assert linux.call("getrlimit", resource, linux.rw) == 0
        assert limits(linux)[0] == soft
    linux.call("getrlimit", AS, linux.rw)
    assert limits(linux) == (INFINITY, INFINITY)


def test_a_new_limit_holds(linux):
    assert linux.call("setrlimit", NOFILE, put_limits(linux, 3, 10)) == 0
    assert linux.call("dup", 0) == "EMFILE"
    assert linux.call("prlimit64", 0, STACK, put_limits(linux, 1 << 20, 1 << 20), linux.rw) == 0
    assert linux.text == "prlimit64(0, RLIMIT_STACK, 0x10040, 0x10000) = 0"
    assert limits(linux)[0] == 8 << 20
    assert linux.kernel.process.space.stack_limit == 1 << 20
    assert linux.call("setrlimit", STACK, put_limits(linux, 1, 2 << 20)) == "EPERM"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("getrlimit", 16, 0x10000), "EINVAL"),
        (("getrlimit", STACK, 0x12000), "EFAULT"),
        (("setrlimit", STACK, 0x12000), "EFAULT"),
        (("prlimit64", 99, STACK, 0, 0), "ESRCH"),
        (("prlimit64", 4242, STACK, 0, 0), 0),
        (("prlimit64", 0, 16, 0, 0), "EINVAL"),
        (("prlimit64", 0, STACK, 0x12000, 0), "EFAULT"),
    ],
)
def test_answers(linux, call, expected):
    assert linux.call(*call) == expected


def test_soft_above_hard(linux):
    assert linux.call("setrlimit", AS, put_limits(linux, 5, 4)) == "EINVAL"
    assert linux.call("setrlimit", NOFILE, put_limits(linux, 5, (1 << 20) + 1)) == "EPERM"
