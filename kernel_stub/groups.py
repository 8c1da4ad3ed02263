"""Process groups and sessions: who is in one, and groups whose processes nobody could continue (setpgid(2)).

A group is orphaned if no member has a parent in another group of the same session. Then stop signals other than
SIGSTOP do nothing by default, and what is stopped in it when that happens gets SIGHUP and SIGCONT.

Source: kernel/exit.c (will_become_orphaned_pgrp, kill_orphaned_pgrp); xnu: bsd/kern/kern_proc.c (fixjobc, orphanpg).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel_stub import posting
from kernel_stub.process import Neighbour, Process
from kernel_stub.signals import SigInfo

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel

INIT = 1


def members(kernel: Kernel, group: int) -> list[Process]:
    """The processes of a group, zombies too."""
    return [process for process in kernel.processes if process.pgrp == group]


def session_of(kernel: Kernel, group: int) -> int | None:
    """The session of a group, or None if there is no such group."""
    everybody: tuple[Process | Neighbour, ...] = (*kernel.processes, *kernel.process.neighbours)
    return next((one.session for one in everybody if one.pgrp == group), None)


def is_orphaned(kernel: Kernel, group: int, without: Process | None = None) -> bool:
    """Whether nobody outside a group, in its session, is the parent of a member."""
    return not any(
        process.exit is None and process is not without and _outside(process, _parent(kernel, process))
        for process in members(kernel, group)
    )


def _parent(kernel: Kernel, process: Process) -> Process | Neighbour | None:
    """The parent, wherever it is; None for init."""
    if process.ppid == INIT:
        return None
    everybody: tuple[Process | Neighbour, ...] = (*kernel.processes, *process.neighbours)
    return next((one for one in everybody if one.pid == process.ppid), None)


def _outside(process: Process, parent: Process | Neighbour | None) -> bool:
    return parent is not None and parent.pgrp != process.pgrp and parent.session == process.session


def left(kernel: Kernel, process: Process) -> None:
    """A process is gone: its group may be orphaned by that."""
    if _outside(process, _parent(kernel, process)):
        _hang_up(kernel, process.pgrp, process)


def orphaned(kernel: Kernel, child: Process, parent: Process) -> None:
    """The parent of a process is gone: the child's group may be orphaned by that."""
    if _outside(child, parent):
        _hang_up(kernel, child.pgrp, None)


def _hang_up(kernel: Kernel, group: int, without: Process | None) -> None:
    if not is_orphaned(kernel, group, without):
        return
    found = [process for process in members(kernel, group) if process.exit is None]
    if any(process.stopped is not None for process in found):
        rules = kernel.personality.rules
        for signal in (kernel.personality.signals["SIGHUP"].number, rules.cont):
            for process in found:
                if process.exit is None:
                    posting.post(kernel, SigInfo(signal, rules.kernel), "an orphaned group", process=process)
