"""Darwin's flag words and fcntl commands as argument kinds. Numbers: sys/fcntl.h."""

from __future__ import annotations

from typing import Annotated

from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.flags import FcntlArgument, FcntlCommand, FcntlResult, Flags, fcntl_names, named

STATUS_NAMES = named(
    CONSTANTS,
    "O_NONBLOCK", "O_APPEND", "O_SHLOCK", "O_EXLOCK", "O_ASYNC", "O_SYNC", "O_NOFOLLOW", "O_CREAT",
    "O_TRUNC", "O_EXCL", "O_EVTONLY", "O_NOCTTY", "O_DIRECTORY", "O_SYMLINK", "O_DSYNC", "O_CLOEXEC",
)  # fmt: skip
STATUS = Flags(
    "int %",
    unknown="O_???",
    names=STATUS_NAMES,
    modes=named(CONSTANTS, "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"),
    mode_mask=CONSTANTS["O_ACCMODE"],
)
COMMANDS = (
    "F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETOWN", "F_SETOWN", "F_GETLK", "F_SETLK",
    "F_SETLKW", "F_SETLKWTIMEOUT", "F_PREALLOCATE", "F_SETSIZE", "F_RDADVISE", "F_RDAHEAD", "F_NOCACHE",
    "F_LOG2PHYS", "F_GETPATH", "F_FULLFSYNC", "F_DUPFD_CLOEXEC",
)  # fmt: skip
FCNTL = fcntl_names(CONSTANTS, COMMANDS, STATUS)

Command = Annotated[int, FcntlCommand("int %", signed=True, bits=32, fcntl=FCNTL)]
Argument = Annotated[int, FcntlArgument("long %", fcntl=FCNTL)]
Result = Annotated[int, FcntlResult("int %", signed=True, bits=32, fcntl=FCNTL)]
