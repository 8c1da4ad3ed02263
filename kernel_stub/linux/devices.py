"""The terminal behind a session's descriptors, as fstat and ioctl show it. Sources: drivers/tty, fs/devpts."""

from __future__ import annotations

import struct
from typing import Annotated

from kernel_stub import user
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Choice, Fd, Int
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.outcomes import Errno

# struct stat: dev, ino, nlink, mode, uid, gid, padding, rdev, size, blksize, blocks, three times, reserved
STAT = struct.Struct("<QQQIIIIQqqq6Q24x")
STAT_SIZE = STAT.size
DEVPTS, TTY_GROUP, PTS_0 = 0x18, 5, 136 << 8
# struct termios as a new terminal has it (tty_std_termios): iflag, oflag, cflag, lflag, line, cc
TERMIOS = struct.pack("<IIIIB19s", 0x500, 0x5, 0xBF, 0x8A3B, 0, bytes.fromhex("031c7f15040001001113 1a00120f171600"))
WINSIZE = struct.pack("<4H", 24, 80, 0, 0)  # struct winsize: rows, columns
TCGETS, TIOCGWINSZ, FIONREAD = (CONSTANTS[name] for name in ("TCGETS", "TIOCGWINSZ", "FIONREAD"))
TERMINAL_REQUESTS = range(0x5401, 0x5470)

Request = Annotated[
    int,
    Choice(
        "unsigned int %",
        bits=32,
        unknown="TIOC???",
        names=(("TCGETS", TCGETS), ("TIOCGWINSZ", TIOCGWINSZ), ("FIONREAD", FIONREAD)),
    ),
]


def terminal_stat(kernel: Kernel) -> bytes:
    """The terminal's struct stat: a character device of the user's, in group tty."""
    mode = CONSTANTS["S_IFCHR"] | 0o620
    uid = kernel.process.credentials.uid
    return STAT.pack(DEVPTS, 3, 1, mode, uid, TTY_GROUP, 0, PTS_0, 0, 1024, 0, *[0] * 6)


def ioctl(kernel: Kernel, fd: Fd, request: Request, arg: Address) -> Int:
    """Ask a device something: the terminal's settings, its size, or how much input waits."""
    kernel.process.files.get(fd)
    answers = {
        TCGETS: TERMIOS,
        TIOCGWINSZ: WINSIZE,
        FIONREAD: struct.pack("<I", len(kernel.terminal.input)),
    }
    if request not in answers:
        raise Errno("ENOTTY", simulated=request not in TERMINAL_REQUESTS)
    user.write(kernel.memory, arg, answers[request])
    return 0
