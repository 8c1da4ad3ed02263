"""Argument kinds of Linux's calls on files: flag words, and the structs behind pointers, as strace prints them."""

from __future__ import annotations

from typing import Annotated

from kernel_stub.clock import SECOND
from kernel_stub.cpu import Memory
from kernel_stub.flags import Flags, named
from kernel_stub.kinds import Choice, Kind, Values, peek, pointer_text
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.file_structs import STAT, STATX
from kernel_stub.linux.flags import STATUS
from kernel_stub.linux.time_structs import TIMESPEC
from kernel_stub.path_kinds import EntriesKind, ModeKind, StatKind, mode_text

AT_FDCWD = CONSTANTS["AT_FDCWD"]
MAKES_FILE = CONSTANTS["O_CREAT"] | CONSTANTS["O_TMPFILE"] & ~CONSTANTS["O_DIRECTORY"]


class DirectoryKind(Kind):
    """A descriptor of a directory, or AT_FDCWD."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return "AT_FDCWD" if value == AT_FDCWD else str(value)


class CreationMode(ModeKind):
    """Permissions of a file that is made: shown where the flags say that one may be."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return ModeKind.text(self, value, values, data) if values["flags"] & MAKES_FILE else None


class NodeModeKind(ModeKind):
    """Type and permissions of a file that mknod makes."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return mode_text(value) if value & 0o170000 else ModeKind.text(self, value, values, data)


class DeviceKind(Kind):
    """A device's number, which counts for devices only."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if values["mode"] & 0o170000 not in (0o20000, 0o60000):
            return None
        return "makedev({:#x}, {:#x})".format(*device(value)).replace("0x0", "0")


class StatxKind(Kind):
    """A struct statx that the kernel fills."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or data is None:
            return pointer_text(value)
        span = STATX.whole
        fields = dict(zip(span.names, span.codec.unpack_from(data), strict=True))
        text = f"{{stx_mask={STATX_MASK.spell(fields['stx_mask'])}, stx_attributes=0, "
        return text + f"stx_mode={mode_text(fields['stx_mode'])}, stx_size={fields['stx_size']}, ...}}"

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, STATX.size, STATX.size)


class TwoTimes(Kind):
    """Access and modification time that utimensat sets, or NULL for now."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or data is None:
            return pointer_text(value)
        return f"[{_time(data[:16])}, {_time(data[16:])}]"

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        return peek(memory, value, 32) if value else None


def device(number: int) -> tuple[int, int]:
    """Major and minor number in a dev_t (linux/kdev_t.h: new_encode_dev)."""
    return number >> 8 & 0xFFF, number & 0xFF | number >> 12 & 0xFFF00


def _time(data: bytes) -> str:
    seconds, nanoseconds = TIMESPEC.whole.codec.unpack(data)
    special = {CONSTANTS[name]: name for name in ("UTIME_NOW", "UTIME_OMIT")}
    if nanoseconds in special:
        return special[nanoseconds]
    text = f"{{tv_sec={seconds}, tv_nsec={nanoseconds}}}"
    if nanoseconds >= SECOND or not seconds:
        return text
    from datetime import UTC, datetime

    try:
        date = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return text
    return f"{text} /* {date:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}+0000 */"


STATX_MASK = Flags(
    "unsigned int %",
    unknown="STATX_???",
    names=named(
        CONSTANTS,
        "STATX_ALL", "STATX_BASIC_STATS", "STATX_TYPE", "STATX_MODE", "STATX_NLINK", "STATX_UID", "STATX_GID",
        "STATX_ATIME", "STATX_MTIME", "STATX_CTIME", "STATX_INO", "STATX_SIZE", "STATX_BLOCKS", "STATX_BTIME",
    ),
)  # fmt: skip

DirectoryFd = Annotated[int, DirectoryKind("int %", signed=True, bits=32)]
NewMode = Annotated[int, CreationMode("mode_t %", bits=16)]
NodeMode = Annotated[int, NodeModeKind("mode_t %", bits=16)]
Device = Annotated[int, DeviceKind("dev_t %", bits=32)]
OpenFlags = Annotated[int, STATUS]
AccessMode = Annotated[
    int,
    Flags(
        "int %", unknown="?_OK", names=named(CONSTANTS, "R_OK", "W_OK", "X_OK"), modes=(("F_OK", 0),), mode_mask=~0
    ),
]
AtFlags = Annotated[
    int,
    Flags(
        "int %",
        unknown="AT_???",
        names=named(CONSTANTS, "AT_SYMLINK_NOFOLLOW", "AT_SYMLINK_FOLLOW", "AT_NO_AUTOMOUNT", "AT_EMPTY_PATH"),
    ),
]
AccessFlags = Annotated[
    int,
    Flags(
        "int %", unknown="AT_???", names=named(CONSTANTS, "AT_SYMLINK_NOFOLLOW", "AT_EACCESS", "AT_EMPTY_PATH")
    ),
]
RemoveFlags = Annotated[int, Flags("int %", unknown="AT_???", names=named(CONSTANTS, "AT_REMOVEDIR"))]
StatxFlags = Annotated[
    int,
    Flags(
        "int %",
        unknown="AT_???",
        modes=(
            *named(CONSTANTS, "AT_STATX_SYNC_AS_STAT", "AT_STATX_FORCE_SYNC", "AT_STATX_DONT_SYNC"),
            ("AT_STATX_FORCE_SYNC|AT_STATX_DONT_SYNC", CONSTANTS["AT_STATX_SYNC_TYPE"]),
        ),
        mode_mask=CONSTANTS["AT_STATX_SYNC_TYPE"],
        names=named(CONSTANTS, "AT_SYMLINK_NOFOLLOW", "AT_NO_AUTOMOUNT", "AT_EMPTY_PATH"),
    ),
]
StatxMask = Annotated[int, STATX_MASK]
RenameFlags = Annotated[
    int,
    Flags(
        "unsigned int %", unknown="RENAME_??",
        names=named(CONSTANTS, "RENAME_NOREPLACE", "RENAME_EXCHANGE", "RENAME_WHITEOUT"),
    ),
]  # fmt: skip
Whence = Annotated[
    int,
    Choice(
        "unsigned int %", bits=32, unknown="SEEK_???",
        names=named(CONSTANTS, "SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA", "SEEK_HOLE"),
    ),
]  # fmt: skip
OutStat = Annotated[int, StatKind("struct stat *%", layout=STAT, device=device)]
OutStatx = Annotated[int, StatxKind("struct statx *%")]
Entries = Annotated[int, EntriesKind("void *%")]
Times = Annotated[int, TwoTimes("const struct timespec *%")]
