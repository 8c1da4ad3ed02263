"""Signals that any process may send and wait for: kill(2), pause(2)."""

from __future__ import annotations

from kernel_stub import groups, posting, signals
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int, Interruptible
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.process import SIGNALS, Neighbour, Process
from kernel_stub.signals import SigInfo

INT_MIN = -(1 << 31)


def check(signal: int) -> bool:
    """Whether a signal is to be sent: 0 only asks. Raises Errno EINVAL for a number that is none."""
    if not 0 <= signal <= SIGNALS:
        raise Errno("EINVAL")
    return signal != 0


def may_signal(kernel: Kernel, other: Neighbour) -> bool:
    """Whether the process may send signals to another: it is root's, or of the same user."""
    credentials = kernel.process.credentials
    return credentials.euid == 0 or other.uid in (credentials.euid, credentials.uid)


def send_to_process(kernel: Kernel, pid: int, info: SigInfo, call: str, *, only: int | None = None) -> int:
    """Send to the process with an id; `only` must then be that id too. Raises Errno ESRCH, EPERM, EINVAL."""
    if only in (None, pid):
        for process in kernel.processes:
            if pid == process.pid or any(thread.tid == pid for thread in process.threads):
                _send_here(kernel, process, info, call)
                return 0
        for other in kernel.process.neighbours:
            if other.pid == pid:
                _send_there(kernel, other, info)
                return 0
    raise Errno("ESRCH")


def _send_here(kernel: Kernel, process: Process, info: SigInfo, call: str) -> None:
    if check(info.signal):
        fate = posting.post(kernel, info, f"{call} by {kernel.process.pid}", process=process)
        if fate == "lost":
            raise Errno("EAGAIN")


def _send_there(kernel: Kernel, other: Neighbour, info: SigInfo) -> None:
    """Checked as for a real process, of which nothing more is known."""
    check(info.signal)
    if not may_signal(kernel, other):
        raise Errno("EPERM")


def _send_to_group(kernel: Kernel, group: int, info: SigInfo) -> int:
    """Every process of a group. One success is a success; else the last error [__kill_pgrp_info]."""
    process = kernel.process
    failure: Errno | None = Errno("ESRCH")
    sent = False
    for other in process.neighbours:
        if other.pgrp == group:
            try:
                _send_there(kernel, other, info)
                sent = True
            except Errno as error:
                failure = error
    for member in groups.members(kernel, group):
        _send_here(kernel, member, info, "kill")
        sent = True
    if not sent:
        assert failure is not None
        raise failure
    return 0


def _send_to_all(kernel: Kernel, info: SigInfo) -> int:
    """Every process but init and the caller. EPERM counts only if nothing else happened."""
    failure: Errno | None = Errno("ESRCH")
    for process in kernel.processes:
        if process is not kernel.process:
            failure = None
            _send_here(kernel, process, info, "kill")
    for other in kernel.process.neighbours:
        if other.pid > 1:
            if failure is not None and failure.name == "ESRCH":
                failure = None
            try:
                _send_there(kernel, other, info)
            except Errno as error:
                if error.name != "EPERM":
                    failure = error
    if failure is not None:
        raise failure
    return 0


def kill(kernel: Kernel, pid: Int, sig: Int) -> Int:
    """Send a signal to a process, a process group (0: one's own), or (-1) to every process."""
    process = kernel.process
    info = SigInfo(sig, kernel.personality.rules.user, process.pid, process.credentials.uid)
    if pid > 0:
        return send_to_process(kernel, pid, info, "kill")
    if pid == INT_MIN:
        raise Errno("ESRCH")
    if pid == -1:
        return _send_to_all(kernel, info)
    return _send_to_group(kernel, -pid or process.pgrp, info)


def pause(kernel: Kernel) -> Interruptible:
    """Sleep until a signal is delivered."""
    if not signals.deliverable(kernel.process, kernel.thread):
        return Blocked(Wait("a signal"))
    return Restart.ERESTARTNOHAND
