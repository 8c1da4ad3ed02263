"""Darwin's structs on x86-64 that calls on files use, as the kernel lays them out for a 64-bit process.

Sources: bsd/sys/{stat.h,dirent.h}. There are two of each: those with 32-bit inode numbers are older.
"""

from __future__ import annotations

from kernel_stub.layout import Layout, Member, i32, i64, u8, u16, u32, u64, words


def _times(*names: str) -> tuple[Member, ...]:
    return tuple(i64(f"st_{name}.{part}") for name in names for part in ("tv_sec", "tv_nsec"))


_TAIL = (
    i64("st_size"), i64("st_blocks"), i32("st_blksize"), u32("st_flags"), u32("st_gen"), i32("st_lspare"),
    words("st_qspare", 2),
)  # fmt: skip
STAT64 = Layout(
    "stat64",
    i32("st_dev"), u16("st_mode"), u16("st_nlink"), u64("st_ino"), u32("st_uid"), u32("st_gid"), i32("st_rdev"),
    *_times("atimespec", "mtimespec", "ctimespec", "birthtimespec"), *_TAIL,
)  # fmt: skip
STAT = Layout(
    "stat",
    i32("st_dev"), u32("st_ino"), u16("st_mode"), u16("st_nlink"), u32("st_uid"), u32("st_gid"), i32("st_rdev"),
    *_times("atimespec", "mtimespec", "ctimespec"), *_TAIL,
)  # fmt: skip
# Directory entries without the name behind them.
DIRENT64 = Layout("direntry", u64("d_ino"), u64("d_seekoff"), u16("d_reclen"), u16("d_namlen"), u8("d_type"))
DIRENT = Layout("dirent", u32("d_ino"), u16("d_reclen"), u8("d_type"), u8("d_namlen"))

assert (STAT64.size, STAT.size) == (144, 120)
assert STAT64.fields["st_size"].offset == 96
assert STAT.fields["st_size"].offset == 72
