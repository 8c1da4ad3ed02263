"""getpid(2) and its like: they never fail, and ignore their arguments."""

import pytest

from kernel_stub.process import Credentials


@pytest.mark.parametrize(
    ("name", "on_linux", "on_darwin"),
    [
        ("getpid", 4242, 4242),
        ("getppid", 4241, 4241),
        ("getuid", 1000, 501),
        ("geteuid", 1000, 501),
        ("getgid", 1000, 20),
        ("getegid", 1000, 20),
    ],
)
def test_ids(linux, darwin, name, on_linux, on_darwin):
    assert linux.call(name, 1, 2, 3) == on_linux
    assert linux.text == f"{name}() = {on_linux}"
    assert darwin.call(name, 1, 2, 3) == on_darwin


def test_the_first_thread_has_the_process_id(linux):
    assert linux.call("gettid") == linux.call("getpid")


def test_effective_and_real_ids_are_told_apart(guest):
    guest.kernel.process.credentials = Credentials(uid=1, gid=2, euid=3, egid=4)
    assert [guest.call(f"get{name}") for name in ("uid", "gid", "euid", "egid")] == [1, 2, 3, 4]


def test_ids_are_unsigned(guest):
    nobody = 0xFFFF_FFFE
    guest.kernel.process.credentials = Credentials(nobody, nobody, nobody, nobody)
    assert guest.call("getuid") == nobody
    assert guest.text == f"getuid() = {nobody}"
