"""Darwin's calls that wait for children, the youngest first. Source: bsd/kern/kern_exit.c (wait4_nocancel,
waitid_nocancel)."""

from __future__ import annotations

from typing import Annotated

from kernel_stub import family, user
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.kinds import Pid
from kernel_stub.darwin.signals import BY_NUMBER
from kernel_stub.darwin.structs import SIGINFO
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Choice, Interruptible
from kernel_stub.outcomes import Errno
from kernel_stub.posix import waiting
from kernel_stub.posix.waiting import Asked, Chosen, Found, RusagePointer, StatusWord
from kernel_stub.struct_kinds import OutStruct

_OPTIONS = ("WNOHANG", "WUNTRACED", "WEXITED", "WSTOPPED", "WCONTINUED", "WNOWAIT")
WNOHANG, WUNTRACED, WEXITED, WSTOPPED, WCONTINUED, WNOWAIT = (CONSTANTS[name] for name in _OPTIONS)
ID_TYPES = named(CONSTANTS, "P_ALL", "P_PID", "P_PGID")
P_ALL, P_PID, P_PGID = (value for _, value in ID_TYPES)
CONTINUED = 0x13 << 8 | waiting.STOPPED  # W_STOPCODE(SIGCONT)
EVERY_OPTION = sum(CONSTANTS[name] for name in _OPTIONS)
_names = tuple((number, row.name) for number, row in BY_NUMBER.items())

Options = Annotated[int, Flags("int %", unknown="W???", names=named(CONSTANTS, *_OPTIONS))]
IdType = Annotated[int, Choice("idtype_t %", signed=True, bits=32, unknown="P_???", names=ID_TYPES)]
Status = Annotated[int, StatusWord("int *%", names=_names, continued=CONTINUED)]
Info = Annotated[int, OutStruct("siginfo_t *%", layout=SIGINFO)]


def wait4(kernel: Kernel, pid: Pid, status: Status, options: Options, rusage: RusagePointer) -> Interruptible:
    """Wait for a child to end, or to be stopped or continued; the answer is its id.

    Options that it doesn't know change nothing. A child that ended can be waited for again if what is told can't be
    written.
    """
    pid = pid or -kernel.process.pgrp
    chosen = Chosen(pid=pid if pid > 0 else None, group=-pid if pid < -1 else None)
    asked = Asked(True, bool(options & WUNTRACED), bool(options & WCONTINUED))
    found = waiting.wait(kernel, chosen, asked, hang=not options & WNOHANG, newest_first=True)
    if not isinstance(found, Found):
        return 0 if found is None else found
    ended = found.child.exit is not None
    if not ended:
        waiting.take(kernel, found)
    if status:
        user.write(kernel.memory, status, waiting.word(found, CONTINUED).to_bytes(4, "little"))
    if ended:
        if rusage:
            user.write(kernel.memory, rusage, waiting.rusage(kernel, found.child))
        waiting.take(kernel, found)
    return found.child.pid


def waitid(kernel: Kernel, idtype: IdType, id: Pid, infop: Info, options: Options) -> Interruptible:
    """Wait for what happens to a child; a siginfo_t tells what.

    It has no more than a status in it: an exit code, 0 for one that was killed, or the signal that stopped it.
    """
    if options & ~EVERY_OPTION or not options or (idtype in (P_PID, P_PGID) and id < 0):
        raise Errno("EINVAL")
    chosen = Chosen(pid=id if idtype == P_PID else None, group=id if idtype == P_PGID else None)
    asked = Asked(bool(options & WEXITED), bool(options & WSTOPPED), bool(options & WCONTINUED))
    found = waiting.wait(kernel, chosen, asked, hang=not options & WNOHANG, newest_first=True)
    if not isinstance(found, Found):
        return 0 if found is None else found
    user.write(kernel.memory, infop, _told(kernel, found))
    if not options & WNOWAIT:
        waiting.take(kernel, found)
    return 0


def _told(kernel: Kernel, found: Found) -> bytes:
    child, code, status = found
    pid = 0
    if code == family.CONTINUED:
        pid, status = child.continue_untold or 0, child.last_stop
    else:
        status = 0 if code in (family.KILLED, family.DUMPED) else status
        code = 0
    return SIGINFO.whole.codec.pack(
        kernel.personality.rules.child, 0, code, pid, 0, status, 0, 0, 0, bytes(56)
    )
