"""Names that a caller may write instead of a number."""

import pytest

from kernel_stub.darwin.personality import DARWIN
from kernel_stub.linux.personality import LINUX


@pytest.mark.parametrize(
    ("name", "on_linux", "on_darwin"),
    [
        ("close", 3, 6),  # the plain number: Darwin's stubs add the class themselves
        ("getpid", 39, 20),
        ("SIGCHLD", 17, 20),
        ("EAGAIN", 11, 35),
        ("EWOULDBLOCK", 11, 35),
        ("F_SETFD", 2, 2),
        ("O_CLOEXEC", 0x80000, 0x1000000),
    ],
)
def test_resolve(name, on_linux, on_darwin):
    assert LINUX.resolve(name) == on_linux
    assert DARWIN.resolve(name) == on_darwin


@pytest.mark.parametrize("personality", [LINUX, DARWIN])
def test_an_unknown_name(personality):
    with pytest.raises(KeyError):
        personality.resolve("no_such_call")
