"""ioctl: the terminal behind a session's descriptors, and the little that other files tell.

Sources: drivers/tty, fs/ioctl.c.
"""

from __future__ import annotations

import struct
from typing import Annotated

from kernel_stub import user
from kernel_stub.files import File
from kernel_stub.filesystem.open_files import RegularFile
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Choice, Fd, Int
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.outcomes import Errno
from kernel_stub.pipes import ReadEnd, WriteEnd
from kernel_stub.streams import Stream
from kernel_stub.terminal import Terminal

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


def ioctl(kernel: Kernel, fd: Fd, request: Request, arg: Address) -> Int:
    """Ask a device something: the terminal's settings, its size, or how much input waits."""
    file = kernel.process.files.get(fd).open_file.file
    if not isinstance(file, Terminal | Stream):
        return _ioctl(kernel, file, request, arg)
    answers = {
        TCGETS: TERMIOS,
        TIOCGWINSZ: WINSIZE,
        FIONREAD: struct.pack("<I", len(kernel.terminal.input)),
    }
    if request not in answers:
        raise Errno("ENOTTY", simulated=request not in TERMINAL_REQUESTS)
    user.write(kernel.memory, arg, answers[request])
    return 0


def _ioctl(kernel: Kernel, file: File, request: int, arg: int) -> int:
    """Of a pipe and a regular file one thing is known: how much there is to read."""
    if request != FIONREAD:
        raise Errno("ENOTTY")
    match file:
        case RegularFile():
            waiting = kernel.filesystem.size(file.inode) - file.offset
        case ReadEnd() | WriteEnd():
            waiting = len(file.pipe.data)
        case _:
            raise Errno("ENOTTY")
    user.write(kernel.memory, arg, struct.pack("<I", waiting & 0xFFFF_FFFF))
    return 0
