"""siginfo_t as Darwin fills it when a handler is entered: from the thread's last exception, or the last sender.

It says nothing of what is known about the signal itself: a SIGSEGV sent with kill tells of the last fault, and
SI_USER appears nowhere: si_code is 0 for kill, and si_status the signal.

Source: bsd/dev/i386/unix_signal.c (sendsig).
"""

from __future__ import annotations

from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.faults import EXC_I386_GPFLT, KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE
from kernel_stub.darwin.signals import BY_NAME
from kernel_stub.darwin.structs import SIGINFO
from kernel_stub.process import Process, Trap
from kernel_stub.signals import SigInfo

SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV = (
    BY_NAME[name].number for name in ("SIGILL", "SIGTRAP", "SIGFPE", "SIGBUS", "SIGSEGV")
)
SIGCHLD, CLD_EXITED, CLD_DUMPED = BY_NAME["SIGCHLD"].number, CONSTANTS["CLD_EXITED"], CONSTANTS["CLD_DUMPED"]
CORE = 0x80  # WCOREFLAG
EXC_I386_INVOP, EXC_I386_DIV, EXC_I386_INTO = 1, 1, 2
SEGV_CODES = {
    KERN_INVALID_ADDRESS: CONSTANTS["SEGV_MAPERR"],
    KERN_PROTECTION_FAILURE: CONSTANTS["SEGV_ACCERR"],
}
# Exception bits of the x87 status word and of MXCSR, by what they are reported as, first one first.
FLOAT_CODES = (
    (0x04, CONSTANTS["FPE_FLTDIV"]), (0x08, CONSTANTS["FPE_FLTOVF"]), (0x10, CONSTANTS["FPE_FLTUND"]),
    (0x20, CONSTANTS["FPE_FLTRES"]), (0x01, CONSTANTS["FPE_FLTINV"]),
)  # fmt: skip
_pack = SIGINFO.whole.codec.pack
assert SIGINFO.whole.size == SIGINFO.size


def encode(process: Process, trap: Trap, signal: int, rip: int, rsp: int) -> bytes:
    """The 104 bytes of a siginfo_t. The sender, or the child, is forgotten with it."""
    code = pid = uid = status = 0
    address = rip
    if signal == SIGILL:
        code = CONSTANTS["ILL_ILLOPC"] if trap.code == EXC_I386_INVOP else 0
    elif signal == SIGFPE:
        code = _float_code(trap)
    elif signal == SIGBUS:
        code, address = CONSTANTS["BUS_ADRERR"], trap.address
    elif signal == SIGTRAP:
        code = CONSTANTS["TRAP_BRKPT"]
    elif signal == SIGSEGV:
        code = SEGV_CODES.get(trap.code, 0)
        address = 0 if trap.code == EXC_I386_GPFLT else trap.address
    elif signal == SIGCHLD and process.child is not None:
        child, process.child = process.child, None
        pid, uid, code, status = child.pid, child.uid, child.code, _status_word(child)
    elif process.sender is not None:
        sender, process.sender = process.sender, None
        pid, uid, status, code = sender.pid, sender.uid, sender.signal, 0
    # The kernel leaves the stack pointer in the first word of the padding.
    return _pack(signal, 0, code, pid, uid, status, address, 0, 0, rsp.to_bytes(8, "little") + bytes(48))


def _status_word(child: SigInfo) -> int:
    """What tells of a child is its wait status as it is (proc: p_xstat)."""
    number = child.status or 0
    return number << 8 if child.code == CLD_EXITED else number | CORE if child.code == CLD_DUMPED else number


def _float_code(trap: Trap) -> int:
    if trap.code == EXC_I386_DIV:
        return CONSTANTS["FPE_INTDIV"]
    if trap.code == EXC_I386_INTO:
        return CONSTANTS["FPE_INTOVF"]
    return next((code for bit, code in FLOAT_CODES if trap.subcode & bit), 0)
