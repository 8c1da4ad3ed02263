"""Linux's structs on x86-64 that calls on files use, as the kernel lays them out.

Sources: arch/x86/include/uapi/asm/stat.h, include/uapi/linux/stat.h, include/linux/dirent.h, fs/readdir.c.
"""

from __future__ import annotations

from kernel_stub.layout import Layout, i32, i64, nested, u16, u32, u64, words

STAT = Layout(
    "stat",
    u64("st_dev"), u64("st_ino"), u64("st_nlink"), u32("st_mode"), u32("st_uid"), u32("st_gid"), u32("__pad0"),
    u64("st_rdev"), i64("st_size"), i64("st_blksize"), i64("st_blocks"),
    *(i64(f"st_{time}{part}") for time in ("atime", "mtime", "ctime") for part in ("", "_nsec")),
    words("__unused", 3),
)  # fmt: skip
STATX_TIMESTAMP = Layout("statx_timestamp", i64("tv_sec"), u32("tv_nsec"), i32("__reserved"))
STATX = Layout(
    "statx",
    u32("stx_mask"), u32("stx_blksize"), u64("stx_attributes"), u32("stx_nlink"), u32("stx_uid"), u32("stx_gid"),
    u16("stx_mode"), u16("__spare0"), u64("stx_ino"), u64("stx_size"), u64("stx_blocks"), u64("stx_attributes_mask"),
    *(nested(f"stx_{time}time", STATX_TIMESTAMP) for time in "abcm"),
    *(u32(f"stx_{name}") for name in ("rdev_major", "rdev_minor", "dev_major", "dev_minor")),
    size=256,
)  # fmt: skip
# An entry of getdents64 and of getdents, without the name behind it; the older one has d_type in its last byte.
LINUX_DIRENT64 = Layout("linux_dirent64", u64("d_ino"), i64("d_off"), u16("d_reclen"))
LINUX_DIRENT = Layout("linux_dirent", u64("d_ino"), u64("d_off"), u16("d_reclen"))

assert (STAT.size, STATX.size) == (144, 256)
assert STAT.fields["st_size"].offset == 48
assert STATX.fields["stx_atime.tv_sec"].offset == 64
