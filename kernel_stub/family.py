"""Processes among each other: how one comes to be, how it ends, and what its parent hears of that.

A process that has ended stays in `kernel.processes`, as a zombie, until its parent has waited for it. The run's first
process has its parent outside; when it ends, the run does. Parents that are gone are replaced by init, which is
outside too and waits for everybody at once.

Sources: kernel/exit.c (do_exit, exit_notify, forget_original_parent), kernel/signal.c (do_notify_parent,
do_notify_parent_cldstop) and, where xnu differs (SignalRules.tells_of_all), bsd/kern/kern_exit.c (proc_exit).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel_stub import groups, posting, scheduler, timers
from kernel_stub.cpu import Registers
from kernel_stub.events import (
    ProcessContinued,
    ProcessCreated,
    ProcessExited,
    ProcessLeft,
    ProcessReturned,
    ProcessStopped,
)
from kernel_stub.outcomes import Wait
from kernel_stub.process import SIGNALS, ExitStatus, Process
from kernel_stub.signals import IGNORE, SigInfo

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel

INIT = 1
BACK = Wait("nothing: it has returned", deaf=True)
EXITED, KILLED, DUMPED, STOPPED, CONTINUED = 1, 2, 3, 5, 6  # CLD_ codes, the same on both systems


def find(kernel: Kernel, pid: int) -> Process | None:
    """The process with an id, also one that has ended and not been waited for."""
    return next((process for process in kernel.processes if process.pid == pid), None)


def several(kernel: Kernel) -> bool:
    """Whether there is more than one process, so that a trace must say which."""
    return len(kernel.processes) > 1


def start(kernel: Kernel, child: Process, frame: Registers) -> None:
    """A new process, ready to run from `frame` when its turn comes."""
    (thread,) = child.threads
    fpu = kernel.registers.fpu
    thread.frame, thread.fpu = frame, scheduler.FRESH_FPU if fpu is None else fpu.load()
    kernel.processes.append(child)
    scheduler.share_time(kernel)
    if kernel.observe:
        shares = child.root == kernel.process.root
        kernel.events.append(ProcessCreated(child.pid, kernel.process.pid, frame.copy(), shares))


def status_number(kernel: Kernel, status: ExitStatus) -> int:
    """An exit code, or the number of the signal that killed the process."""
    return (status.code or 0) if status.signal is None else kernel.personality.signals[status.signal].number


def status_code(status: ExitStatus) -> int:
    """CLD_EXITED, CLD_KILLED or CLD_DUMPED."""
    return EXITED if status.signal is None else DUMPED if status.core else KILLED


# The end ------------------------------------------------------------------------------------------


def end(kernel: Kernel, process: Process, status: ExitStatus) -> None:
    """A process is gone."""
    process.exit = status
    _store_mappings(kernel, process)
    if kernel.observe:
        kernel.events.append(ProcessExited(process.pid, status.code, status.signal, status.core, several(kernel)))
    if process is kernel.first:
        _end_run(kernel)
        return
    for thread in process.threads:
        thread.ended, thread.waiting = True, scheduler.OVER
    process.borrows = False
    process.end()
    if not any(other.files is process.files for other in _alive(kernel)):
        process.files.close_all()
    if process is not kernel.process:
        release_memory(kernel, process)
    groups.left(kernel, process)
    _orphan(kernel, process)
    _tell_of_end(kernel, process, status)


def _store_mappings(kernel: Kernel, process: Process) -> None:
    """What it wrote to shared mappings of files goes into the files."""
    if process.space.shown:
        running = kernel.memory.root
        kernel.memory.use(process.root)
        process.space.store(kernel.memory)
        kernel.memory.use(running)


def _alive(kernel: Kernel) -> list[Process]:
    return [process for process in kernel.processes if process.exit is None]


def _end_run(kernel: Kernel) -> None:
    """Nobody looks at what else still runs."""
    for process in _alive(kernel):
        process.exit = ExitStatus()
        if kernel.observe:
            kernel.events.append(ProcessLeft(process.pid))


def release_memory(kernel: Kernel, process: Process) -> None:
    """Give back the address space of a process that is gone and doesn't run, unless others have it too."""
    if process.root != kernel.memory.root and not any(other.root == process.root for other in _alive(kernel)):
        kernel.memory.release(process.root)
        process.space.end()


def _orphan(kernel: Kernel, process: Process) -> None:
    """The children of a process that is gone have init as their parent [forget_original_parent]."""
    for child in list(kernel.processes):
        if child.ppid == process.pid:
            child.ppid = INIT
            child.exit_signal = kernel.personality.rules.child
            if child.exit is not None:
                kernel.processes.remove(child)
            groups.orphaned(kernel, child, process)


def _tell_of_end(kernel: Kernel, child: Process, status: ExitStatus) -> None:
    """The parent gets its signal, and may wait; a child that nobody is to wait for vanishes [do_notify_parent]."""
    parent, rules = find(kernel, child.ppid), kernel.personality.rules
    if parent is None:
        kernel.processes.remove(child)
        return
    action = parent.actions[rules.child]
    ignored = rules.tells_of_all and action.handler == IGNORE  # else that is a flag too, which isn't inherited
    unwanted = child.exit_signal == rules.child and (ignored or bool(action.flags & rules.no_child_wait))
    if not unwanted or (action.handler != IGNORE and rules.tells_of_all):
        what = f"exited with {status.code}" if status.signal is None else f"killed by {status.signal}"
        _tell(kernel, parent, child, child.exit_signal, status_code(status), status_number(kernel, status), what)
    if unwanted:
        kernel.processes.remove(child)


def _tell(
    kernel: Kernel, parent: Process, child: Process, signal: int, code: int, status: int, what: str
) -> None:
    if 0 < signal <= SIGNALS:
        info = SigInfo(signal, code, child.pid, child.credentials.uid, status=status, time=timers.used(kernel, child))
        posting.post(kernel, info, f"child {child.pid} {what}", process=parent)


# Routines called alone ----------------------------------------------------------------------------


def park(kernel: Kernel) -> None:
    """The running process has come to the end of a routine that was called alone."""
    kernel.process.timers = timers.IntervalTimers()
    kernel.thread.waiting = BACK
    if kernel.observe:
        kernel.events.append(ProcessReturned(kernel.process.pid))


# Stopping -----------------------------------------------------------------------------------------


def stop(kernel: Kernel, process: Process, signal: int) -> None:
    """A stop signal's default action, which nobody could undo in an orphaned group [do_signal_stop]."""
    rules = kernel.personality.rules
    if signal != rules.stop and groups.is_orphaned(kernel, process.pgrp):
        return
    process.stopped = process.stop_untold = process.last_stop = signal
    process.continue_untold = None
    if kernel.observe:
        kernel.events.append(ProcessStopped(process.pid, rules.names[signal], several(kernel)))
    _tell_of_stop(kernel, process, STOPPED, signal, f"stopped by {rules.names[signal]}")


def go_on(kernel: Kernel, process: Process, sender: int) -> None:
    """SIGCONT came to a process that was stopped, from the process with this id [prepare_signal]."""
    process.stopped = process.stop_untold = None
    process.continue_untold = sender
    rules = kernel.personality.rules
    if kernel.observe:
        kernel.events.append(ProcessContinued(process.pid, several(kernel)))
    if rules.tells_of_all:
        _tell_of_stop(kernel, process, CONTINUED, rules.cont, "continued")


def _tell_of_stop(kernel: Kernel, child: Process, code: int, status: int, what: str) -> None:
    """[do_notify_parent_cldstop]"""
    parent, rules = find(kernel, child.ppid), kernel.personality.rules
    if parent is not None and parent.exit is None:
        action = parent.actions[rules.child]
        if action.handler != IGNORE and not action.flags & rules.no_child_stop:
            _tell(kernel, parent, child, rules.child, code, status, what)
