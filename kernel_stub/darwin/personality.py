"""Darwin on x86-64 as the kernel's shared code sees it.

Where releases of xnu differ, it is the one of the stubs' time (10.5): read and write look at the descriptor
before the count, F_GETFL doesn't tell whether a file was written to, and every retired number is
`nosys`. F_DUPFD_CLOEXEC came later and is served too.
"""

from __future__ import annotations

from kernel_stub.darwin import abi
from kernel_stub.darwin import errno as errnos
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.signals import BY_NAME as SIGNALS
from kernel_stub.darwin.syscall_names import NUMBERS, SYSCALLS
from kernel_stub.darwin.table import TABLE
from kernel_stub.files import FileTable
from kernel_stub.personality import Personality
from kernel_stub.process import Credentials, Process
from kernel_stub.terminal import TerminalRules


def new_process() -> Process:
    """A shell's child, with the ids of a Mac's first user and the usual soft descriptor limit."""
    return Process(
        pid=4242,
        ppid=4241,
        tid=4242,
        credentials=Credentials(uid=501, gid=20, euid=501, egid=20),
        files=FileTable(limit=256),
    )


DARWIN = Personality(
    name="darwin",
    table=TABLE,
    syscalls=SYSCALLS,
    numbers=NUMBERS,
    errnos=errnos.BY_NAME,
    errno_names=errnos.BY_NUMBER,
    signals=SIGNALS,
    constants=CONSTANTS,
    user_cs=0x2B,
    user_ss=0x23,
    # bsd/kern/tty.c: ttread moves single bytes, ttwrite OBUFSIZ of them
    terminal=TerminalRules(read_piece=1, write_piece=100, keeps_progress=False),
    terminal_flags=0,
    new_process=new_process,
    number=abi.number,
    arguments=abi.arguments,
    set_result=abi.set_result,
    set_errno=abi.set_errno,
    raw_errno=abi.raw_errno,
    inject=abi.inject,
    error=abi.error,
    refuse=abi.refuse,
    transfer_size=abi.transfer_size,
    fault_signal=abi.fault_signal,
)
