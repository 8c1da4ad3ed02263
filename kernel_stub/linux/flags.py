"""Linux's flag words and fcntl commands as argument kinds. Numbers: asm-generic/fcntl.h, linux/fcntl.h."""

from __future__ import annotations

from typing import Annotated

from kernel_stub.flags import FcntlArgument, FcntlCommand, FcntlResult, Flags, fcntl_names, named
from kernel_stub.linux.constants import CONSTANTS

# O_SYNC and O_TMPFILE contain O_DSYNC and O_DIRECTORY, so they are looked for first.
STATUS_NAMES = named(
    CONSTANTS,
    "O_CREAT", "O_EXCL", "O_NOCTTY", "O_TRUNC", "O_APPEND", "O_NONBLOCK", "O_SYNC", "O_DSYNC", "O_ASYNC",
    "O_DIRECT", "O_LARGEFILE", "O_TMPFILE", "O_DIRECTORY", "O_NOFOLLOW", "O_NOATIME", "O_CLOEXEC", "O_PATH",
)  # fmt: skip
STATUS = Flags(
    "int %",
    unknown="O_???",
    names=STATUS_NAMES,
    modes=named(CONSTANTS, "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"),
    mode_mask=CONSTANTS["O_ACCMODE"],
)
COMMANDS = (
    "F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW", "F_SETOWN",
    "F_GETOWN", "F_SETSIG", "F_GETSIG", "F_SETOWN_EX", "F_GETOWN_EX", "F_GETOWNER_UIDS", "F_OFD_GETLK",
    "F_OFD_SETLK", "F_OFD_SETLKW", "F_SETLEASE", "F_GETLEASE", "F_NOTIFY", "F_DUPFD_CLOEXEC",
    "F_SETPIPE_SZ", "F_GETPIPE_SZ",
)  # fmt: skip
FCNTL = fcntl_names(CONSTANTS, COMMANDS, STATUS)

Command = Annotated[int, FcntlCommand("unsigned int %", bits=32, fcntl=FCNTL)]
Argument = Annotated[int, FcntlArgument("unsigned long %", fcntl=FCNTL)]
Result = Annotated[int, FcntlResult("int %", signed=True, bits=32, fcntl=FCNTL)]
DupFlags = Annotated[int, Flags("int %", unknown="O_???", names=STATUS_NAMES)]
