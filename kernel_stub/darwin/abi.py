"""How Darwin on x86-64 speaks with registers, and what it checks before a call looks at memory.

Sources (xnu): osfmk/x86_64/idt64.s, bsd/dev/i386/systemcalls.c, bsd/kern/sys_generic.c,
osfmk/i386/trap.c, bsd/dev/i386/unix_signal.c.
"""

from __future__ import annotations

from array import array

from kernel_stub.cpu import CARRY, INDEX, MASK64, Fault, Registers
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.errno import BY_NAME as ERRNOS
from kernel_stub.darwin.mach_traps import MACH_TRAPS
from kernel_stub.darwin.syscall_names import SYSCALLS
from kernel_stub.outcomes import Errno, Restart
from kernel_stub.personality import Refusal
from kernel_stub.process import Interrupted
from kernel_stub.signals import Action
from kernel_stub.syscalls import ARGUMENTS

RAX, RDX, RDI, R11, RFLAGS = (INDEX[name] for name in ("rax", "rdx", "rdi", "r11", "rflags"))

CLASS_SHIFT = 24
MACH, UNIX, MACHDEP = (kind << CLASS_SHIFT for kind in (1, 2, 3))
CLASS_MASK = 0xFF << CLASS_SHIFT
NUMBER_MASK = ~CLASS_MASK & 0xFFFFFFFF
INDIRECT = UNIX  # BSD call 0, `syscall`: the number is the first argument
INT_MAX = 0x7FFFFFFF
KERN_INVALID_ARGUMENT = 4
SYSCALL_SIZE = 2  # bytes of the instruction
USER_LIMIT = 0x7FFF_FFFF_F000  # VM_MAX_USER_PAGE_ADDRESS
SA_RESTART, EINTR = CONSTANTS["SA_RESTART"], ERRNOS["EINTR"].number


def number(values: array[int]) -> int:
    """The call with its class: EAX, or for the indirect call the BSD number in EDI.

    An indirect number that no BSD call can have reads as the last one of the class, which is free.
    """
    code = values[RAX] & 0xFFFFFFFF
    if code == INDIRECT:
        return UNIX | min(values[RDI] & 0xFFFFFFFF, NUMBER_MASK)
    return code


def arguments(values: array[int]) -> tuple[int, ...]:
    """The registers that hold the arguments: an indirect call's start one later."""
    return ARGUMENTS[1:] if values[RAX] & 0xFFFFFFFF == INDIRECT else ARGUMENTS


def set_result(registers: Registers, value: int, second: int) -> None:
    """The results in RAX and RDX, and the carry flag clear; of other classes the one in RAX, and no more.

    SYSRET leaves the flags in R11, so it has the carry flag too.
    """
    values = registers.values
    if values[RAX] & CLASS_MASK in (MACH, MACHDEP):
        values[RAX] = value & MASK64
        return
    values[RAX] = value & MASK64
    values[RDX] = second & MASK64
    values[R11] = values[RFLAGS] = values[RFLAGS] & ~CARRY


def set_errno(registers: Registers, errno: int) -> None:
    """The positive errno in RAX, and the carry flag set, in R11 too. RDX keeps its value."""
    values = registers.values
    values[RAX] = errno
    values[R11] = values[RFLAGS] = values[RFLAGS] | CARRY


def raw_errno(errno: int) -> int:
    """The 64 bits that RAX holds for an errno."""
    return errno


def inject(registers: Registers, value: int, error: bool) -> None:
    """The value in RAX, as an error or as a success."""
    if error:
        set_errno(registers, value)
    else:
        set_result(registers, value, 0)


def error(registers: Registers) -> int | None:
    """The errno's number if the carry flag is set."""
    return registers.values[RAX] if registers.values[RFLAGS] & CARRY else None


def refuse(number: int) -> Refusal:
    """A BSD number: ENOSYS and SIGSYS (nosys). A machine-dependent one: a code (kern_invalid). Another class: SIGSYS,
    and the registers stay as they are."""
    kind, plain = number & CLASS_MASK, number & NUMBER_MASK
    if kind == UNIX:
        name = SYSCALLS.get(plain)
        return Refusal(name or f"syscall_{plain}", name is not None, errno="ENOSYS", signal="SIGSYS")
    if kind == MACH:
        name = MACH_TRAPS.get(plain)
        return Refusal(name or f"mach_trap_{plain}", name is not None, signal="SIGSYS")
    if kind == MACHDEP:
        return Refusal(f"machdep_call_{plain}", False, code=KERN_INVALID_ARGUMENT)
    return Refusal(f"syscall_{number:#x}", False, signal="SIGSYS")


def transfer_size(address: int, count: int) -> int:
    """What read or write may move: a count is an int's worth at most. Raises Errno EINVAL."""
    if count > INT_MAX:
        raise Errno("EINVAL")
    return count


# Gates for user mode: INT3, INTO, BOUND, and the system calls of 32-bit programs (osfmk/x86_64/idt_table.h).
SYSTEM_CALL_GATES = frozenset((0x80, 0x81, 0x82))
USER_GATES = frozenset((3, 4, 5)) | SYSTEM_CALL_GATES
INVALID_OPCODE = 6

FAULT_SIGNALS = {
    0: "SIGFPE", 1: "SIGTRAP", 3: "SIGTRAP", 4: "SIGFPE", 5: "SIGTRAP", 6: "SIGILL", 10: "SIGILL",
    11: "SIGILL", 12: "SIGILL", 13: "SIGSEGV", 16: "SIGFPE", 19: "SIGFPE",
}  # fmt: skip
PAGE_FAULT = 14
PRESENT = 1  # in a page fault's error code: the page is there, its protection forbids the access


def fault_signal(fault: Fault) -> str:
    """The signal of a processor exception: SIGBUS for a page whose protection forbids the access.

    A 64-bit program's `int 0x80` is an invalid opcode; an interrupt without a gate is a general protection fault.
    """
    if fault.vector in SYSTEM_CALL_GATES:
        return FAULT_SIGNALS[INVALID_OPCODE]
    if fault.vector == PAGE_FAULT:
        return "SIGBUS" if fault.error_code & PRESENT else "SIGSEGV"
    return FAULT_SIGNALS.get(fault.vector, "SIGSEGV")


# What a call answers unix_syscall64 depends on the signal: ERESTART (-1), and RIP goes back by two, or EINTR.
RESTARTS = {
    Restart.ERESTARTSYS: "? ERESTART (with SA_RESTART made again, else EINTR)",
    Restart.ERESTARTNOINTR: "? ERESTART (made again)",
    Restart.ERESTARTNOHAND: "? EINTR (if a handler runs)",
}


def restart(registers: Registers, cut: Interrupted, action: Action | None) -> bool:
    """A call that a signal cut short: back to its SYSCALL, or EINTR. Whether it is made again.

    xnu has one kind that is made again, ERESTART, if the handler has SA_RESTART; sleeping calls turn it into
    EINTR themselves where that isn't to be. RAX has its number all the while (pal_syscall_restart).
    """
    again = cut.kind is Restart.ERESTARTSYS and action is not None and action.flags & SA_RESTART
    if action is not None and not again and cut.kind is not Restart.ERESTARTNOINTR:
        set_errno(registers, EINTR)
        return False
    registers.rax = cut.rax
    registers.rip -= SYSCALL_SIZE
    return True
