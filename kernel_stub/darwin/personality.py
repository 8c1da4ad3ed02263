"""Darwin on x86-64 as the kernel's shared code sees it.

Where releases of xnu differ, it is the one of the stubs' time (10.5): read and write look at the descriptor
before the count, F_GETFL doesn't tell whether a file was written to, and every retired number is
`nosys`. F_DUPFD_CLOEXEC came later and is served too.
"""

from __future__ import annotations

from kernel_stub.darwin import abi, faults, sending, signal_frame
from kernel_stub.darwin import errno as errnos
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.mach.task import Task
from kernel_stub.darwin.signals import BY_NAME as SIGNALS
from kernel_stub.darwin.signals import BY_NUMBER as SIGNALS_BY_NUMBER
from kernel_stub.darwin.syscall_names import NUMBERS, SYSCALLS
from kernel_stub.darwin.table import TABLE
from kernel_stub.files import FileTable
from kernel_stub.filesystem.initial import TERMINAL, DeviceRow, Layout
from kernel_stub.filesystem.tree import FileRules
from kernel_stub.personality import Personality
from kernel_stub.process import SIGNALS as SIGNAL_NUMBERS
from kernel_stub.process import Credentials, Neighbour, Process, Thread
from kernel_stub.signals import Action, signal_rules
from kernel_stub.terminal import TerminalRules


def new_process() -> Process:
    """A shell's child, with the ids of a Mac's first user and the usual soft descriptor limit."""
    return Task(
        pid=4242,
        ppid=4241,
        threads=[Thread(tid=4242)],
        credentials=Credentials(uid=501, gid=20, euid=501, egid=20),
        files=FileTable(limit=256),
        pgrp=4242,
        session=4241,
        neighbours=(Neighbour(1, 1, 0), Neighbour(4241, 4241, 501)),
        # ps_sigintr is empty at first: calls go on after a signal that nobody has set an action for
        actions=[Action(flags=CONSTANTS["SA_RESTART"])] * (SIGNAL_NUMBERS + 1),
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
    user_gates=abi.USER_GATES,
    # bsd/kern/tty.c: ttread moves single bytes, ttwrite OBUFSIZ of them
    terminal=TerminalRules(read_piece=1, write_piece=100, keeps_progress=False),
    terminal_flags=0,
    pipe_buf=512,
    file_rules=FileRules(
        path_max=1024,
        symlinks=32,
        directory_group=True,
        unlink_directory="EPERM",
        create_slash="ENOENT",
        rename_dots="EINVAL",
        root_name="EISDIR",
        create_refuses_directory=False,
        link_follows=True,
        masks_links=True,
    ),
    # the major number is the top byte (sys/types.h: makedev)
    file_layout=Layout(
        devices=(
            DeviceRow("/dev/null", "null", 0x0300_0002),
            DeviceRow("/dev/zero", "zero", 0x0300_0003),
            DeviceRow("/dev/random", "random", 0x0800_0000),
            DeviceRow("/dev/urandom", "random", 0x0800_0001),
            DeviceRow("/dev/tty", TERMINAL, 0x0200_0000),
        ),
        terminal=DeviceRow("/dev/ttys000", TERMINAL, 0x1000_0000, 0o620),
        terminal_group=4,
    ),
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
    rules=signal_rules(
        SIGNALS_BY_NUMBER.values(),
        CONSTANTS,
        first_realtime=32,
        user=0,
        kernel=0,
        synchronous=(),
        never_reset=("SIGILL", "SIGTRAP"),
        bad_frame="SIGILL",
        bad_frame_kills=True,
        alarm_waits=False,
        tells_of_all=False,
    ),
    take_fault=faults.take_fault,
    enter_handler=signal_frame.enter,
    frame_pieces=signal_frame.pieces,
    restart=abi.restart,
    restarts=abi.RESTARTS,
    carry_tells=True,
    send=sending.send,
    force=sending.force,
)
