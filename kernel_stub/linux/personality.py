"""Linux on x86-64 as the kernel's shared code sees it."""

from __future__ import annotations

from kernel_stub.files import FileTable
from kernel_stub.filesystem.initial import TERMINAL, DeviceRow, Layout
from kernel_stub.filesystem.tree import FileRules
from kernel_stub.linux import abi, faults, signal_frame
from kernel_stub.linux import errno as errnos
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.signals import BY_NAME as SIGNALS
from kernel_stub.linux.signals import BY_NUMBER as SIGNALS_BY_NUMBER
from kernel_stub.linux.syscall_names import NUMBERS, SYSCALLS
from kernel_stub.linux.table import TABLE
from kernel_stub.personality import Personality
from kernel_stub.process import Credentials, Neighbour, Process, Thread
from kernel_stub.signals import signal_rules
from kernel_stub.terminal import TerminalRules

# include/asm-generic/resource.h: INIT_RLIMITS, where a limit isn't infinite; the stack's soft one is its space's.
# RLIMIT_NPROC follows from the memory.
LIMITS = {
    CONSTANTS[f"RLIMIT_{name}"]: (soft, hard)
    for name, soft, hard in (
        ("CORE", 0, CONSTANTS["RLIM_INFINITY"]),
        ("NOFILE", 1024, 4096),
        ("MEMLOCK", 8 << 20, 8 << 20),
        ("SIGPENDING", 15000, 15000),
        ("MSGQUEUE", 819200, 819200),
        ("NICE", 0, 0),
        ("RTPRIO", 0, 0),
    )
}


def new_process() -> Process:
    """A shell's child, with the ids of a desktop's first user and the usual limits."""
    return Process(
        pid=4242,
        ppid=4241,
        threads=[Thread(tid=4242)],
        credentials=Credentials(uid=1000, gid=1000, euid=1000, egid=1000),
        files=FileTable(limit=1024),
        limits=dict(LIMITS),
        pgrp=4242,
        session=4241,
        neighbours=(Neighbour(1, 1, 0), Neighbour(4241, 4241, 1000)),
    )


LINUX = Personality(
    name="linux",
    table=TABLE,
    syscalls=SYSCALLS,
    numbers=NUMBERS,
    errnos=errnos.BY_NAME,
    errno_names=errnos.BY_NUMBER,
    signals=SIGNALS,
    constants=CONSTANTS,
    user_cs=abi.USER_CS,
    user_ss=abi.USER_SS,
    user_gates=frozenset((3, 4)),  # INT3, INTO; that of `int 0x80` only with IA32 emulation (arch/x86/kernel/idt.c)
    # drivers/tty/tty_io.c: iterate_tty_read, iterate_tty_write
    terminal=TerminalRules(read_piece=64, write_piece=2048, keeps_progress=True),
    terminal_flags=CONSTANTS["O_LARGEFILE"],  # every open(2) of a 64-bit process sets it
    pipe_buf=4096,
    file_rules=FileRules(
        path_max=4096,
        symlinks=40,
        directory_group=False,
        unlink_directory="EISDIR",
        create_slash="EISDIR",
        rename_dots="EBUSY",
        root_name=None,
        create_refuses_directory=True,
        link_follows=False,
        masks_links=False,
    ),
    # Documentation/admin-guide/devices.txt: numbers as makedev puts them together
    file_layout=Layout(
        devices=(
            DeviceRow("/dev/null", "null", 0x103),
            DeviceRow("/dev/zero", "zero", 0x105),
            DeviceRow("/dev/full", "full", 0x107),
            DeviceRow("/dev/random", "random", 0x108),
            DeviceRow("/dev/urandom", "random", 0x109),
            DeviceRow("/dev/tty", TERMINAL, 0x500),
        ),
        terminal=DeviceRow("/dev/pts/0", TERMINAL, 0x8800, 0o620),
        terminal_group=5,
        program="/proc/self/exe",
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
        first_realtime=SIGNALS["SIGRTMIN"].number,
        user=CONSTANTS["SI_USER"],
        kernel=CONSTANTS["SI_KERNEL"],
    ),
    take_fault=faults.take_fault,
    enter_handler=signal_frame.enter,
    frame_pieces=signal_frame.pieces,
    restart=abi.restart,
    restarts=abi.RESTARTS,
    carry_tells=False,
    return_fault=faults.return_fault,
)
