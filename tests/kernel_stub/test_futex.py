"""futex(2) where nobody else waits. The errors are compared with the host's below."""

import ctypes
import os
import platform
import struct
import sys

import pytest

WAIT, WAKE, REQUEUE, LOCK_PI, WAIT_BITSET, WAKE_BITSET = 0, 1, 3, 6, 9, 10
PRIVATE, REALTIME = 128, 256


@pytest.fixture
def word(linux):
    """The word 5 at rw; a millisecond at rw + 64; the time 0 at rw + 96; none at rw + 128."""
    linux.put(linux.rw, struct.pack("<I", 5))
    linux.put(linux.rw + 64, struct.pack("<qq", 0, 1_000_000))
    linux.put(linux.rw + 96, struct.pack("<qq", 0, 0))
    linux.put(linux.rw + 128, struct.pack("<qq", 0, -1))
    return linux


def test_another_value_is_not_waited_for(word):
    assert word.call("futex", word.rw, WAIT | PRIVATE, 4) == "EAGAIN"
    assert word.text.startswith("futex(0x10000, FUTEX_WAIT_PRIVATE, 4, ")


def test_a_wake_finds_nobody(word):
    assert word.call("futex", word.rw, WAKE, 1) == 0


def test_a_wait_ends_when_its_time_has_come(word):
    before = word.kernel.clock.now
    assert word.call("futex", word.rw, WAIT, 5, word.rw + 64) == "ETIMEDOUT"
    assert word.kernel.clock.now - before >= 1_000_000


def test_a_time_that_is_past(word):
    assert word.call("futex", word.rw, WAIT_BITSET | PRIVATE, 5, word.rw + 96, 0, 0xFFFF_FFFF) == "ETIMEDOUT"
    assert word.call("futex", word.rw, WAIT_BITSET | REALTIME, 5, word.rw + 64, 0, 1) == "ETIMEDOUT"


def test_a_wait_without_a_time_has_no_end(word):
    word.call("futex", word.rw, WAIT, 5)
    assert word.kernel.waiting
    assert word.kernel.thread.waiting.what == "futex 0x10000"


ANSWERS = {
    "a crooked address": ((2, WAIT, 5, 0), "EINVAL"),
    "a crooked address to wake": ((2, WAKE, 1, 0), "EINVAL"),
    "a hole": ((0x2000, WAIT, 5, 0), "EFAULT"),
    "a private hole": ((0x2000, WAIT | PRIVATE, 5, 0), "EFAULT"),
    "a hole to wake": ((0x2000, WAKE, 1, 0), "EFAULT"),
    "a private hole to wake": ((0x2000, WAKE | PRIVATE, 1, 0), 0),
    "the kernel's half": ((-0x1000, WAKE | PRIVATE, 1, 0), "EFAULT"),
    "a bad time": ((0, WAIT, 5, 128), "EINVAL"),
    "a bad time and another value": ((0, WAIT, 4, 128), "EINVAL"),
    "a time in a hole": ((0, WAIT, 4, 0x2000), "EFAULT"),
    "no bits": ((0, WAKE_BITSET, 1, 0), "EINVAL"),
    "a wait by the real clock": ((0, WAIT | REALTIME, 4, 0), "ENOSYS"),
    "a wake by the real clock": ((0, WAKE | REALTIME, 1, 0), "ENOSYS"),
    "an unknown operation": ((0, 77, 1, 0), "ENOSYS"),
    "FUTEX_FD": ((0, 2, 1, 0), "ENOSYS"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(word, name):
    (address, operation, value, timeout), expected = ANSWERS[name]
    address, timeout = word.rw + address if address >= 0 else address, timeout and word.rw + timeout
    assert word.call("futex", address, operation, value, timeout, 0, 0) == expected


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)
@pytest.mark.parametrize("name", ANSWERS)
def test_the_host_answers_the_same(name, linux):
    """Two pages as the guest has them, mapped by the C library at the same distances."""
    (address, operation, value, timeout), expected = ANSWERS[name]
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 4]
    library.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    library.syscall.argtypes = [ctypes.c_long, *[ctypes.c_ulong] * 6]
    base = library.mmap(None, 0x4000, 3, 0x22, -1, 0)
    library.munmap(base + 0x2000, 0x1000)
    ctypes.memmove(base, struct.pack("<I", 5), 4)
    ctypes.memmove(base + 128, struct.pack("<qq", 0, -1), 16)
    where = (base + address) & (1 << 64) - 1 if address >= 0 else address & (1 << 64) - 1
    result = library.syscall(202, where, operation, value, timeout and base + timeout, 0, 0)
    library.munmap(base, 0x4000)
    assert (result if result >= 0 else os.strerror(ctypes.get_errno())) == (
        expected if isinstance(expected, int) else linux.kernel.personality.errnos[expected].message
    )


def test_what_a_real_kernel_would_do_is_said_to_be_missing(word):
    assert word.call("futex", word.rw, REQUEUE, 1, 1, word.rw + 8) == "ENOSYS"
    assert word.text.endswith("[not simulated]")
