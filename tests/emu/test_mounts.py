"""Mounts: what a guest sees of the host's files, what it can't reach, and what is written back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from emu.machine import RAM_SIZE, Machine
from emu.mounts import MountError, attach, parse, write_back
from kernel_stub.cpu import Protection, Registers
from kernel_stub.linux.personality import LINUX

BUFFER = 0x10000


class Guest:
    """A process with a folder of the host at /data; calls take paths as bytes."""

    def __init__(self, *mounts: str, cwd: str | None = None) -> None:
        self.mounts = [parse(text) for text in mounts]
        self.machine = Machine(LINUX, ram_size=RAM_SIZE)
        self.kernel = self.machine.kernel
        attach(self.kernel, self.mounts, cwd)
        self.machine.space.map(BUFFER, 0x2000, Protection.READ | Protection.WRITE)

    def call(self, name: str, *arguments: int | bytes) -> int | str:
        """A result, or an errno's name."""
        at, plain = BUFFER, []
        for argument in arguments:
            if isinstance(argument, bytes):
                self.machine.space.poke(at, argument + b"\0")
                plain.append(at)
                at += len(argument) + 1
            else:
                plain.append(argument)
        registers = Registers(rax=LINUX.numbers[name])
        for register, value in zip(("rdi", "rsi", "rdx", "r10"), plain, strict=False):
            setattr(registers, register, value)
        self.kernel.syscall(registers)
        error = LINUX.error(registers)
        return LINUX.errno_names[error].name if error is not None else registers.rax

    def read(self, path: bytes) -> bytes | str:
        fd = self.call("open", path, 0, 0)
        if isinstance(fd, str):
            return fd
        size = self.call("read", fd, BUFFER + 0x1000, 0x1000)
        return self.machine.space.copy_in(BUFFER + 0x1000, int(size))

    def write(self, path: bytes, data: bytes, mode: int = 0o644) -> int | str:
        fd = self.call("open", path, 0x241, mode)
        return fd if isinstance(fd, str) else self.call("write", fd, data, len(data))

    def finish(self) -> None:
        write_back(self.kernel, self.mounts)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A folder with files, links that lead out of it, and a folder; a secret lies beside it."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "shown"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_bytes(b"alpha")
    (folder / "sub" / "b").write_bytes(b"beta")
    (folder / "out").symlink_to("../secret")
    (folder / "top").symlink_to("/")
    return folder


@pytest.fixture
def guest(host: Path) -> Callable[..., Guest]:
    return lambda suffix="", **more: Guest(f"{host}:/data{suffix}", **more)


def content(folder: Path) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for path in folder.rglob("*"):
        text = os.readlink(path) if path.is_symlink() else None if path.is_dir() else path.read_text()
        found[str(path.relative_to(folder))] = text
    return found


def test_a_guest_reads_what_the_host_has(guest):
    made = guest()
    assert made.read(b"/data/a") == b"alpha"
    assert made.read(b"/data/sub/../sub/b") == b"beta"
    assert made.read(b"/data/none") == "ENOENT"


def test_no_link_and_no_dots_lead_out(guest):
    made = guest()
    for path in (b"out", b"../secret", b"top/etc/passwd", b"sub/../../secret", b"../../../etc"):
        assert made.read(b"/data/" + path) == "ENOENT"
    assert made.call("stat", b"/data/top/dev/null", BUFFER + 0x1000) == 0  # its own


def test_a_link_of_the_host_that_appears_later_is_not_followed(guest, host: Path):
    made = guest()
    assert made.call("stat", b"/data/a", BUFFER + 0x1000) == 0
    (host / "a").unlink()
    (host / "a").symlink_to("../secret")
    assert made.read(b"/data/a") == "EIO"


def test_nothing_is_read_before_it_is_looked_at(guest, host: Path):
    made = guest()
    (host / "late").write_text("late")
    assert made.read(b"/data/late") == b"late"
    (host / "later").write_text("later")
    assert made.read(b"/data/later") == "ENOENT"


def test_a_run_sees_one_version_of_a_file_however_often_it_goes_back(guest, host: Path):
    made = guest()
    state = made.kernel.checkpoint()
    assert made.read(b"/data/a") == b"alpha"
    (host / "a").write_bytes(b"other")
    made.kernel.restore(state)
    assert made.read(b"/data/a") == b"alpha"


def test_a_mount_is_read_only_unless_asked_otherwise(guest, host: Path):
    made, before = guest(), content(host)
    assert made.write(b"/data/a", b"x") == "EROFS"
    assert made.write(b"/data/new", b"x") == "EROFS"
    for call in (("mkdir", b"/data/d", 0o755), ("unlink", b"/data/a"), ("rename", b"/data/a", b"/data/c"),
                 ("chmod", b"/data/a", 0), ("truncate", b"/data/a", 0), ("symlink", b"x", b"/data/s"),
                 ("rmdir", b"/data/sub"), ("link", b"/data/a", b"/data/c"), ("access", b"/data/a", 2)):  # fmt: skip
        assert made.call(*call) == "EROFS", call
    assert made.call("rename", b"/data/a", b"/tmp/a") == "EXDEV"
    made.finish()
    assert content(host) == before


def test_changes_are_written_back_at_the_end(guest, host: Path):
    made = guest(":rw")
    assert made.write(b"/data/a", b"changed") == 7
    assert made.write(b"/data/sub/new", b"made", 0o600) == 4
    assert made.call("mkdir", b"/data/d", 0o750) == 0
    assert made.call("rename", b"/data/sub/b", b"/data/d/b") == 0
    assert made.call("symlink", b"a", b"/data/l") == 0
    assert made.call("unlink", b"/data/out") == 0
    assert (host / "a").read_text() == "alpha"
    made.finish()
    assert content(host) == {
        "a": "changed", "d": None, "d/b": "beta", "l": "a", "sub": None, "sub/new": "made", "top": "/",
    }  # fmt: skip
    assert (host / "d").stat().st_mode & 0o777 == 0o750
    assert (host / "sub" / "new").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_was_moved_unseen_comes_with_all_that_is_in_it(guest, host: Path):
    made = guest(":rw")
    assert made.call("rename", b"/data/sub", b"/data/moved") == 0
    made.finish()
    assert content(host / "moved") == {"b": "beta"}
    assert not (host / "sub").exists()


def test_a_folder_taken_away_and_a_file_in_its_place(guest, host: Path):
    made = guest(":rw")
    assert made.call("unlink", b"/data/sub/b") == 0
    assert made.call("rmdir", b"/data/sub") == 0
    assert made.write(b"/data/sub", b"file") == 4
    made.finish()
    assert (host / "sub").read_text() == "file"


def test_what_was_only_read_is_not_written(guest, host: Path):
    made = guest(":rw")
    made.read(b"/data/a")
    (host / "a").write_bytes(b"meanwhile")
    made.finish()
    assert (host / "a").read_bytes() == b"meanwhile"


def test_permissions_come_back_alone(guest, host: Path):
    made = guest(":rw")
    assert made.call("chmod", b"/data/a", 0o444) == 0
    assert made.call("chmod", b"/data/sub", 0o555) == 0
    assert made.call("chmod", b"/data/sub/b", 0o400) == 0
    made.finish()
    assert [(host / name).stat().st_mode & 0o777 for name in ("a", "sub", "sub/b")] == [0o444, 0o555, 0o400]
    (host / "sub").chmod(0o755)


def test_a_single_file(host: Path):
    made = Guest(f"{host / 'a'}:/etc/conf:rw")
    assert made.read(b"/etc/conf") == b"alpha"
    assert made.call("unlink", b"/etc/conf") == "EBUSY"
    assert made.write(b"/etc/conf", b"x") == 1
    made.finish()
    assert (host / "a").read_text() == "x"


def test_a_mount_point_stays(guest):
    made = guest(":rw")
    assert made.call("rename", b"/data", b"/tmp/data") in ("EACCES", "EXDEV", "EBUSY")
    made.kernel.process.credentials = made.kernel.process.credentials._replace(euid=0)
    assert made.call("rename", b"/data", b"/other") == "EBUSY"
    assert made.call("rmdir", b"/data") == "EBUSY"


def test_where_a_process_starts(guest):
    assert guest(cwd="/data/sub").read(b"b") == b"beta"
    with pytest.raises(MountError, match="--cwd /none: No such file or directory"):
        guest(cwd="/none")
    with pytest.raises(MountError, match="no directory"):
        guest(cwd="/data/a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/nowhere/at/all:/data", "/nowhere/at/all: No such file or directory"),
        ("HERE:/data/../data:rw", "write GUEST without .."),
        ("HERE:data", "with an absolute path for GUEST"),
        ("HERE", "write HOST:GUEST"),
        (":/data", "write HOST:GUEST"),
        ("/dev/null:/data", "neither a folder nor a regular file"),
        ("HERE:/dev", "/dev has files in it"),
        ("HERE:/dev/null/x", "leads through a file"),
        ("HERE/a:/dev/null", "/dev/null is there already"),
    ],
)
def test_a_mount_that_cannot_be(host: Path, text: str, message: str):
    with pytest.raises(MountError, match=f"--mount .*{message}"):
        Guest(text.replace("HERE", str(host)))


def test_a_colon_in_a_name(tmp_path: Path):
    (tmp_path / "a:b").mkdir()
    assert parse(f"{tmp_path}/a:b:/data:ro").host == os.fsencode(tmp_path.resolve() / "a:b")


def test_what_cannot_be_written_back_is_told(guest, host: Path):
    made = guest(":rw")
    assert made.call("unlink", b"/data/sub/b") == 0
    assert made.call("rmdir", b"/data/sub") == 0
    (host / "sub" / "meanwhile").write_text("someone else's")
    with pytest.raises(MountError, match=r"can.t write the changes in /data back: .*sub: Directory not empty"):
        made.finish()
    assert (host / "sub" / "meanwhile").exists()
