"""How Linux on x86-64 speaks with registers, and what it checks before a call looks at memory.

Sources: arch/x86/entry/{entry_64.S,common.c}, include/linux/err.h, fs/read_write.c, arch/x86/kernel/traps.c.
"""

from __future__ import annotations

from array import array

from kernel_stub.cpu import INDEX, MASK64, Fault, Registers
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.errno import BY_NAME as ERRNOS
from kernel_stub.linux.syscall_names import NUMBERS, SYSCALLS
from kernel_stub.outcomes import Errno, Restart
from kernel_stub.personality import Refusal
from kernel_stub.process import Interrupted
from kernel_stub.signals import Action
from kernel_stub.syscalls import ARGUMENTS

RAX = INDEX["rax"]
SYSCALL_SIZE = 2  # bytes of the instruction
EINTR, RESTART_SYSCALL, SA_RESTART = ERRNOS["EINTR"].number, NUMBERS["restart_syscall"], CONSTANTS["SA_RESTART"]
USER_CS, USER_SS = 0x33, 0x2B
MAX_ERRNO = 4095  # -4095..-1 in RAX are errors
TASK_SIZE_MAX = (1 << 47) - 0x1000  # the end of user addresses
MAX_RW_COUNT = 0x7FFFF000  # INT_MAX rounded down to a page


def number(values: array[int]) -> int:
    """The call's number: EAX as a signed int (the entry code sign-extends its lower half)."""
    code = values[RAX] & 0xFFFFFFFF
    return code if code < 0x80000000 else code - 0x100000000


def arguments(values: array[int]) -> tuple[int, ...]:
    """The registers that hold the arguments: always the same six."""
    return ARGUMENTS


def set_result(registers: Registers, value: int, second: int) -> None:
    """The result in RAX. RDX keeps its value: Linux has no second result on x86-64."""
    registers.values[RAX] = value & MASK64


def set_errno(registers: Registers, errno: int) -> None:
    """The negated errno in RAX."""
    registers.values[RAX] = -errno & MASK64


def raw_errno(errno: int) -> int:
    """The 64 bits that RAX holds for an errno."""
    return -errno & MASK64


def inject(registers: Registers, value: int, error: bool) -> None:
    """The value as it is in RAX; it is an error if its value says so."""
    registers.values[RAX] = value


def error(registers: Registers) -> int | None:
    """The errno's number if RAX holds one, by the kernel's rule (IS_ERR_VALUE)."""
    negated = -registers.values[RAX] & MASK64
    return negated if 1 <= negated <= MAX_ERRNO else None


def refuse(number: int) -> Refusal:
    """ENOSYS, whether the number means nothing or a call that isn't simulated."""
    name = SYSCALLS.get(number)
    return Refusal(name or f"syscall_{number}", name is not None, errno="ENOSYS")


def transfer_size(address: int, count: int) -> int:
    """What read or write may move: access_ok, then MAX_RW_COUNT. Raises Errno EFAULT."""
    if address + count > TASK_SIZE_MAX:
        raise Errno("EFAULT")
    return min(count, MAX_RW_COUNT)


FAULT_SIGNALS = {
    0: "SIGFPE", 1: "SIGTRAP", 3: "SIGTRAP", 4: "SIGSEGV", 5: "SIGSEGV", 6: "SIGILL", 8: "SIGSEGV",
    10: "SIGSEGV", 11: "SIGBUS", 12: "SIGBUS", 13: "SIGSEGV", 14: "SIGSEGV", 16: "SIGFPE", 17: "SIGBUS",
    19: "SIGFPE",
}  # fmt: skip


def fault_signal(fault: Fault) -> str:
    """The signal of a processor exception; an interrupt without a gate is a general protection fault."""
    return FAULT_SIGNALS.get(fault.vector, "SIGSEGV")


RESTARTS = {  # as strace has them
    Restart.ERESTARTSYS: "? ERESTARTSYS (To be restarted if SA_RESTART is set)",
    Restart.ERESTARTNOINTR: "? ERESTARTNOINTR (To be restarted)",
    Restart.ERESTARTNOHAND: "? ERESTARTNOHAND (To be restarted if no handler)",
    Restart.ERESTART_RESTARTBLOCK: "? ERESTART_RESTARTBLOCK (Interrupted by signal)",
}


def restart(registers: Registers, cut: Interrupted, action: Action | None) -> bool:
    """A call that a signal cut short: back to its SYSCALL, or EINTR. Whether it is made again.

    Without a handler every kind is made again, ERESTART_RESTARTBLOCK as restart_syscall (arch/x86/kernel/
    signal.c: handle_signal, arch_do_signal_or_restart).
    """
    kind = cut.kind
    if action is not None and (
        kind in (Restart.ERESTARTNOHAND, Restart.ERESTART_RESTARTBLOCK)
        or (kind is Restart.ERESTARTSYS and not action.flags & SA_RESTART)
    ):
        registers.rax = -EINTR
        return False
    registers.rax = RESTART_SYSCALL if kind is Restart.ERESTART_RESTARTBLOCK else cut.rax
    registers.rip -= SYSCALL_SIZE
    return True
