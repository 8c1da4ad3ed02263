"""A guest that names files by their paths."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from kernel_stub.darwin import file_structs as darwin_structs
from kernel_stub.linux import file_structs as linux_structs

STATS = {"linux": linux_structs.STAT, "darwin": darwin_structs.STAT64}
STAT_CALLS = {"linux": ("stat", "lstat", "fstat"), "darwin": ("stat64", "lstat64", "fstat64")}
TIMES = {"linux": "st_mtime", "darwin": "st_mtimespec.tv_sec"}


class Files:
    """A guest whose calls take paths as bytes; they lie at `rw` and behind, `buffer` is room for answers."""

    def __init__(self, guest: Any) -> None:
        self.guest, self.kernel = guest, guest.kernel
        self.system = guest.kernel.personality.name
        self.buffer = guest.rw + 0x1000

    def call(self, name: str, *arguments: int | bytes) -> int | str:
        """A call; its result or the errno's name. O_ and S_ names are for `bits`."""
        at, plain = self.guest.rw, []
        for argument in arguments:
            if isinstance(argument, bytes):
                self.guest.put(at, argument + b"\0")
                plain.append(at)
                at += len(argument) + 1
            else:
                plain.append(argument)
        answer: int | str = self.guest.call(name, *plain)
        return answer

    def bits(self, *names: str) -> int:
        """Flags of the system by their names."""
        return sum(self.kernel.personality.constants[name] for name in names)

    def open(self, path: bytes, *flags: str, mode: int = 0o644) -> int | str:
        return self.call("open", path, self.bits(*flags), mode)

    def make(self, path: bytes, data: bytes = b"", mode: int = 0o644) -> None:
        """A file with these bytes."""
        fd = self.open(path, "O_WRONLY", "O_CREAT", "O_TRUNC", mode=mode)
        assert isinstance(fd, int), fd
        self.write(fd, data)
        self.call("close", fd)

    def write(self, fd: int, data: bytes) -> int | str:
        self.guest.put(self.buffer, data)
        return self.call("write", fd, self.buffer, len(data))

    def read(self, fd: int, count: int = 0x800) -> bytes | str:
        done = self.call("read", fd, self.buffer, count)
        return done if isinstance(done, str) else self.answer(done)

    def answer(self, count: int) -> bytes:
        """What a call left in the buffer."""
        data: bytes = self.guest.memory.copy_in(self.buffer, count)
        return data

    def content(self, path: bytes) -> bytes | str:
        """All bytes of a file."""
        fd = self.open(path, "O_RDONLY")
        if isinstance(fd, str):
            return fd
        data = self.read(fd)
        self.call("close", fd)
        return data

    def stat(self, path: bytes | int, *, follow: bool = True) -> dict[str, int] | str:
        """The fields of struct stat, of a path or of a descriptor."""
        by_path, by_link, by_fd = STAT_CALLS[self.system]
        name = by_fd if isinstance(path, int) else by_path if follow else by_link
        answer = self.call(name, path, self.buffer)
        if isinstance(answer, str):
            return answer
        span = STATS[self.system].whole
        return dict(zip(span.names, span.codec.unpack_from(self.answer(144)), strict=True))

    def listing(self, fd: int, size: int = 0x800) -> list[tuple[bytes, int]] | str:
        """Names and types of a directory's next entries."""
        linux = self.system == "linux"
        arguments = (fd, self.buffer, size) if linux else (fd, self.buffer, size, self.guest.rw)
        done = self.call("getdents64" if linux else "getdirentries64", *arguments)
        if isinstance(done, str):
            return done
        data, at, rows = self.answer(done), 0, []
        type_at, name_at = (18, 19) if linux else (20, 21)
        while at < len(data):
            rows.append((data[at + name_at :].partition(b"\0")[0], data[at + type_at]))
            at += struct.unpack_from("<H", data, at + 16)[0]
        return rows

    def stat_number(self, path: bytes) -> int:
        """A file's inode number, without a call."""
        inode = self.kernel.filesystem.root
        for name in path.strip(b"/").split(b"/"):
            inode = self.kernel.filesystem.child(inode, name)
        return int(inode.number)

    def become(self, uid: int) -> None:
        """Another user."""
        self.kernel.process.credentials = self.kernel.process.credentials._replace(uid=uid, euid=uid, gid=uid, egid=uid)


@pytest.fixture
def files(guest: Any) -> Files:
    """A process on each system in turn."""
    return Files(guest)


@pytest.fixture
def on_linux(linux: Any) -> Files:
    return Files(linux)


@pytest.fixture
def on_darwin(darwin: Any) -> Files:
    return Files(darwin)
