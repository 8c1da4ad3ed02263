"""Linux's own signal calls: the rt_ family, tkill and tgkill.

Source: kernel/signal.c. Signal sets are eight bytes; another size is EINVAL.
"""

from __future__ import annotations

from kernel_stub import posting, signals, user
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int, Interruptible, Size
from kernel_stub.linux import siginfo
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.kinds import How, NewAction, NewInfo, NewSet, OldAction, OldSet, Pid, Signal
from kernel_stub.linux.structs import SIGACTION
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.posix import signals as posix_signals
from kernel_stub.posix.signals import check, send_to_process
from kernel_stub.signals import Action, SigInfo

SET_SIZE, LAST = 8, 64
UAPI_SA_FLAGS = sum(
    CONSTANTS[name]
    for name in (
        "SA_NOCLDSTOP", "SA_NOCLDWAIT", "SA_SIGINFO", "SA_ONSTACK", "SA_RESTART", "SA_NODEFER", "SA_RESETHAND",
        "SA_EXPOSE_TAGBITS", "SA_RESTORER",
    )
)  # fmt: skip
SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = (CONSTANTS[name] for name in ("SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"))
SI_TKILL = CONSTANTS["SI_TKILL"]
CODEC = SIGACTION.whole.codec


def read_set(kernel: Kernel, address: int) -> int:
    """A signal set from the guest, without the signals that can't be blocked. Raises Errno EFAULT."""
    return int.from_bytes(user.read(kernel.memory, address, SET_SIZE), "little") & ~kernel.personality.rules.unblockable


def rt_sigaction(kernel: Kernel, signum: Signal, act: NewAction, oldact: OldAction, sigsetsize: Size) -> Int:
    """Set and tell what a signal does."""
    if sigsetsize != SET_SIZE:
        raise Errno("EINVAL")
    new = CODEC.unpack(user.read(kernel.memory, act, CODEC.size)) if act else None
    rules = kernel.personality.rules
    if not 1 <= signum <= LAST or (new is not None and rules.unblockable >> (signum - 1) & 1):
        raise Errno("EINVAL")
    old = kernel.process.actions[signum]
    if new is not None:
        handler, flags, restorer, mask = new
        action = Action(handler, flags & UAPI_SA_FLAGS, restorer, mask & ~rules.unblockable)
        kernel.process.actions[signum] = action
        if signals.discarded(action, signum, rules):
            signals.discard(kernel.process, 1 << (signum - 1))
    if oldact:
        user.write(kernel.memory, oldact, CODEC.pack(*old))
    return 0


def rt_sigprocmask(kernel: Kernel, how: How, set: NewSet, oldset: OldSet, sigsetsize: Size) -> Int:
    """Change and tell the thread's mask."""
    if sigsetsize != SET_SIZE:
        raise Errno("EINVAL")
    thread = kernel.thread
    old = thread.blocked
    if set:
        new = read_set(kernel, set)
        if how == SIG_BLOCK:
            thread.blocked |= new
        elif how == SIG_UNBLOCK:
            thread.blocked &= ~new
        elif how == SIG_SETMASK:
            thread.blocked = new
        else:
            raise Errno("EINVAL")
    if oldset:
        user.write(kernel.memory, oldset, old.to_bytes(SET_SIZE, "little"))
    return 0


def rt_sigpending(kernel: Kernel, set: OldSet, sigsetsize: Size) -> Int:
    """Tell which blocked signals are pending; a shorter set than the kernel's may be asked for."""
    if sigsetsize > SET_SIZE:
        raise Errno("EINVAL")
    thread = kernel.thread
    pending = (kernel.process.pending.set | thread.pending.set) & thread.blocked
    user.write(kernel.memory, set, pending.to_bytes(SET_SIZE, "little")[:sigsetsize])
    return 0


def rt_sigsuspend(kernel: Kernel, mask: NewSet, sigsetsize: Size) -> Interruptible:
    """Sleep with another mask until a signal is delivered."""
    thread = kernel.thread
    if thread.waiting is None:
        if sigsetsize != SET_SIZE:
            raise Errno("EINVAL")
        new = read_set(kernel, mask)
        thread.saved_mask, thread.blocked = thread.blocked, new
    if not signals.deliverable(kernel.process, thread):
        return Blocked(Wait("a signal"))
    return Restart.ERESTARTNOHAND


def kill(kernel: Kernel, pid: Pid, sig: Signal) -> Int:
    """Send a signal to a process, a process group (0: one's own), or (-1) to every process."""
    return posix_signals.kill(kernel, pid, sig)


def tkill(kernel: Kernel, tid: Pid, sig: Signal) -> Int:
    """Send a signal to a thread."""
    if tid <= 0:
        raise Errno("EINVAL")
    return _to_thread(kernel, None, tid, _tkill_info(kernel, sig), "tkill")


def tgkill(kernel: Kernel, tgid: Pid, tid: Pid, sig: Signal) -> Int:
    """Send a signal to a thread of a process."""
    if tid <= 0 or tgid <= 0:
        raise Errno("EINVAL")
    return _to_thread(kernel, tgid, tid, _tkill_info(kernel, sig), "tgkill")


def _tkill_info(kernel: Kernel, sig: int) -> SigInfo:
    process = kernel.process
    return SigInfo(sig, SI_TKILL, process.pid, process.credentials.uid)


def _to_thread(kernel: Kernel, tgid: int | None, tid: int, info: SigInfo, call: str) -> int:
    """Raises Errno ESRCH, EPERM, EINVAL, EAGAIN [do_send_specific]."""
    for process in kernel.processes:
        for thread in process.threads:
            if thread.tid == tid and tgid in (None, process.pid):
                if check(info.signal):
                    fate = posting.post(kernel, info, f"{call} by {kernel.process.pid}", thread, process)
                    if fate == "lost":
                        raise Errno("EAGAIN")
                return 0
    return send_to_process(kernel, tid, info, call, only=tgid)


def rt_sigqueueinfo(kernel: Kernel, tgid: Pid, sig: Signal, uinfo: NewInfo) -> Int:
    """Send a process a signal with information of the caller's making."""
    info = read_info(kernel, sig, uinfo)
    if (info.code >= 0 or info.code == SI_TKILL) and kernel.thread.tid != tgid:
        raise Errno("EPERM")
    return send_to_process(kernel, tgid, info, "rt_sigqueueinfo")


def rt_tgsigqueueinfo(kernel: Kernel, tgid: Pid, tid: Pid, sig: Signal, uinfo: NewInfo) -> Int:
    """Send a thread a signal with information of the caller's making."""
    info = read_info(kernel, sig, uinfo)
    if tid <= 0 or tgid <= 0:
        raise Errno("EINVAL")
    if (info.code >= 0 or info.code == SI_TKILL) and kernel.thread.tid != tid:
        raise Errno("EPERM")
    return _to_thread(kernel, tgid, tid, info, "rt_tgsigqueueinfo")


def read_info(kernel: Kernel, signal: int, address: int) -> SigInfo:
    """A siginfo_t from the guest, its si_signo replaced. Raises Errno EFAULT, E2BIG."""
    raw = user.read(kernel.memory, address, siginfo.KERNEL_SIZE)
    errno, code = (int.from_bytes(raw[at : at + 4], "little", signed=True) for at in (4, 8))
    if not siginfo.is_known(signal, code):
        rest = user.read(kernel.memory, address + siginfo.KERNEL_SIZE, siginfo.SIZE - siginfo.KERNEL_SIZE)
        if any(rest):
            raise Errno("E2BIG")
    raw = (signal & 0xFFFF_FFFF).to_bytes(4, "little") + raw[4:]
    return SigInfo(signal, code, errno=errno, raw=raw)
