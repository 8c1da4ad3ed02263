"""Linux's way to make pipes. Source: fs/pipe.c (do_pipe2)."""

from __future__ import annotations

import struct
from typing import Annotated

from kernel_stub import user
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Int
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.outcomes import Errno
from kernel_stub.posix import pipes

O_CLOEXEC, O_NONBLOCK, O_DIRECT = (CONSTANTS[name] for name in ("O_CLOEXEC", "O_NONBLOCK", "O_DIRECT"))

PipeFlags = Annotated[
    int, Flags("int %", unknown="O_???", names=named(CONSTANTS, "O_NONBLOCK", "O_DIRECT", "O_CLOEXEC"))
]


def pipe(kernel: Kernel, fildes: Address) -> Int:
    """Make a pipe, and write its two descriptors to memory: first the one to read from."""
    return pipe2(kernel, fildes, 0)


def pipe2(kernel: Kernel, fildes: Address, flags: PipeFlags) -> Int:
    """The same with flags. Packets (O_DIRECT) are not simulated."""
    if flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT):
        raise Errno("EINVAL")
    if flags & O_DIRECT:
        raise Errno("EINVAL", simulated=False)
    ends = pipes.make(kernel, flags & O_NONBLOCK, close_on_exec=bool(flags & O_CLOEXEC))
    try:
        user.write(kernel.memory, fildes, struct.pack("<2i", *ends))
    except Errno:
        for end in ends:
            kernel.process.files.close(end)
        raise
    return 0
