"""Argument kinds of calls on files: paths, links, permissions, as strace prints them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from kernel_stub import user
from kernel_stub.cpu import Memory
from kernel_stub.filesystem.inodes import (
    S_IFCHR,
    S_IFDIR,
    S_IFIFO,
    S_IFLNK,
    S_IFMT,
    S_IFREG,
    S_ISGID,
    S_ISUID,
    S_ISVTX,
)
from kernel_stub.kinds import Kind, Values, View, peek, pointer_text, quoted
from kernel_stub.layout import Layout
from kernel_stub.outcomes import Errno

S_IFBLK = 0o60000
TYPES = {
    S_IFIFO: "S_IFIFO", S_IFCHR: "S_IFCHR", S_IFDIR: "S_IFDIR", S_IFBLK: "S_IFBLK", S_IFREG: "S_IFREG",
    S_IFLNK: "S_IFLNK",
}  # fmt: skip
SPECIAL = (("S_ISUID", S_ISUID), ("S_ISGID", S_ISGID), ("S_ISVTX", S_ISVTX))


class PathKind(Kind):
    """A C string that the kernel reads."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return quoted(data, len(data)) if value and data is not None else pointer_text(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        try:
            return user.string(View(memory), value, user.PATH_MAX)
        except Errno:
            return None


class LinkKind(Kind):
    """A buffer that the kernel fills with a path; the result is its length."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return quoted(data, len(data)) if value and data is not None else pointer_text(value)

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, result, user.PATH_MAX)


class DirectoryPathKind(LinkKind):
    """The same, where the result counts a NUL."""

    __slots__ = ()

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, result - 1, user.PATH_MAX)


class LengthKind(Kind):
    """A length that may be negative, and is shown as if it couldn't."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return str(value & (1 << 64) - 1)


class ModeKind(Kind):
    """Permissions, in octal with at least three digits."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return f"0{value:02o}"


@dataclass(frozen=True, slots=True)
class StatKind(Kind):
    """A struct stat that the kernel fills; `device` takes a dev_t apart, into major and minor number."""

    layout: Layout | None = None
    device: Callable[[int], tuple[int, int]] | None = None

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or data is None:
            return pointer_text(value)
        assert self.layout is not None and self.device is not None
        span = self.layout.whole
        fields = dict(zip(span.names, span.codec.unpack_from(data), strict=True))
        text = f"{{st_mode={mode_text(fields['st_mode'])}, "
        if fields["st_mode"] & S_IFMT in (S_IFCHR, S_IFBLK):
            numbers = (f"{number:#x}" if number else "0" for number in self.device(fields["st_rdev"]))
            return text + f"st_rdev=makedev({', '.join(numbers)}), ...}}"
        return text + f"st_size={fields['st_size']}, ...}}"

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        assert self.layout is not None
        return peek(memory, value, self.layout.size, self.layout.size)


@dataclass(frozen=True, slots=True)
class EntriesKind(Kind):
    """A buffer that the kernel fills with directory entries: how many came. In each its length stands at `reclen`."""

    reclen: int = 16

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or data is None:
            return pointer_text(value)
        at = count = 0
        while at + self.reclen + 2 <= len(data):
            at += int.from_bytes(data[at + self.reclen : at + self.reclen + 2], "little") or len(data)
            count += 1
        return f"{value:#x} /* {count} entr{'y' if count == 1 else 'ies'} */"

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, result, result)


def mode_text(mode: int) -> str:
    """`S_IFREG|0644`, `S_IFDIR|S_ISVTX|0777`."""
    kind = mode & S_IFMT
    parts = [TYPES.get(kind, f"{kind:#o}".replace("0o", "0"))]
    parts += [name for name, bit in SPECIAL if mode & bit]
    return "|".join([*parts, f"0{mode & 0o777:02o}"])


Path = Annotated[int, PathKind("const char *%")]
Link = Annotated[int, LinkKind("char *%")]
DirectoryPath = Annotated[int, DirectoryPathKind("char *%")]
Mode = Annotated[int, ModeKind("mode_t %", bits=16)]
OwnerId = Annotated[int, Kind("uid_t %", signed=True, bits=32)]  # -1 leaves an owner as it is
FileLength = Annotated[int, LengthKind("off_t %", signed=True)]
FileOffset = Annotated[int, Kind("off_t %", signed=True)]
