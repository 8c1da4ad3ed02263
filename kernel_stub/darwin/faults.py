"""Processor exceptions as Mach exceptions and signals, and what the thread remembers of them for later frames.

A signal that the thread blocks stays pending, and one that the process ignores is not sent at all: either way
the instruction runs again and faults again. Nothing forces a way out.

Source: osfmk/x86_64/idt64.s (L_64bit_entry_reject), osfmk/i386/trap.c (user_trap), bsd/uxkern/ux_exception.c,
bsd/dev/i386/unix_signal.c (machine_exception), bsd/kern/kern_sig.c (threadsignal).
"""

from __future__ import annotations

from kernel_stub.cpu import Fault, Registers
from kernel_stub.darwin.abi import INVALID_OPCODE, SYSTEM_CALL_GATES, USER_LIMIT, fault_signal
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.sending import ignored
from kernel_stub.darwin.signals import BY_NAME
from kernel_stub.kernel import Kernel
from kernel_stub.process import Trap
from kernel_stub.signals import DEFAULT, SigInfo

PAGE_FAULT, GENERAL_PROTECTION, X87, SIMD = 14, 13, 16, 19
PRESENT = 1  # in a page fault's error code
KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE = 1, 2
EXC_I386_GPFLT = 13
MAXSSIZ = 64 << 20  # below a stack's top, a protection failure is a stack overflow

# Codes of the Mach exceptions by vector: the i386 exception.h's EXC_I386 numbers, which overlap.
CODES = {
    0: 1, 1: 1, 3: 2, 4: 2, 5: 7, 6: 1, 10: 10, 11: 11, 12: 12, 13: EXC_I386_GPFLT, 16: 5, 17: EXC_I386_GPFLT,
    19: 8,
}  # fmt: skip
SIGSEGV, SIGBUS = BY_NAME["SIGSEGV"].number, BY_NAME["SIGBUS"].number


def take_fault(kernel: Kernel, registers: Registers, fault: Fault) -> SigInfo:
    """Note the exception in the thread, and say which signal it is."""
    thread = kernel.thread
    if fault.vector == PAGE_FAULT:
        return _page_fault(kernel, fault)
    if fault.vector in SYSTEM_CALL_GATES:  # refused to 64-bit programs behind the gate, with RAX pushed already
        fault = Fault(INVALID_OPCODE, registers.rax & 0xFFFF_FFFF)
    elif fault.vector not in CODES:  # an interrupt without a gate
        fault = Fault(GENERAL_PROTECTION, fault.vector * 8 + 2)
    vector = fault.vector
    trap = Trap(vector, fault.error_code, thread.trap.address, CODES[vector], subcode(registers, fault))
    return _signal(kernel, BY_NAME[fault_signal(fault)].number, trap)


def _page_fault(kernel: Kernel, fault: Fault) -> SigInfo:
    """SIGSEGV where nothing is mapped, and for a stack that overflows; SIGBUS for a page that forbids the access."""
    address, signal = fault.address, SIGSEGV
    code = KERN_PROTECTION_FAILURE if is_mapped(kernel, fault) else KERN_INVALID_ADDRESS
    if code == KERN_PROTECTION_FAILURE:
        if overflows_stack(kernel, address):
            _prepare_overflow(kernel)
        else:
            signal = SIGBUS
    return _signal(kernel, signal, Trap(PAGE_FAULT, fault.error_code, address, code, address))


def _signal(kernel: Kernel, signal: int, trap: Trap) -> SigInfo:
    """The signal. If the process ignores it, the thread doesn't learn the exception's code."""
    thread, rules = kernel.thread, kernel.personality.rules
    if ignored(kernel.process.actions[signal], signal, rules):
        trap = trap._replace(code=thread.trap.code)
    thread.trap = trap
    return SigInfo(signal, address=trap.address)


def is_mapped(kernel: Kernel, fault: Fault) -> bool:
    """Whether the process has something at the address: user mode learns nothing of the kernel's half."""
    address = fault.address
    if address >= USER_LIMIT:
        return False
    present = fault.error_code & PRESENT or kernel.memory.protection(address) is not None
    return bool(present) or kernel.process.space.find(address) is not None


def subcode(registers: Registers, fault: Fault) -> int:
    """What an exception says besides its code: the error code, or the flags of a floating-point exception."""
    if fault.vector not in (X87, SIMD) or registers.fpu is None:
        return fault.error_code
    image = registers.fpu.load()
    return int.from_bytes(image[2:4] if fault.vector == X87 else image[24:28], "little")


def overflows_stack(kernel: Kernel, address: int) -> bool:
    """Whether an address is within what the first stack could have grown to."""
    stack = next((region for region in kernel.process.space.regions if region.name == "[stack]"), None)
    return stack is not None and stack.end - MAXSSIZ <= address < stack.end


def _prepare_overflow(kernel: Kernel) -> None:
    """A handler needs another stack: SIGSEGV gets its default action unless it has that and can come through."""
    thread, process, rules = kernel.thread, kernel.process, kernel.personality.rules
    action, bit = process.actions[SIGSEGV], 1 << (SIGSEGV - 1)
    waited = thread.waiting is not None and thread.waiting.signals & bit
    if ignored(action, SIGSEGV, rules) or waited or thread.blocked & bit or not action.flags & CONSTANTS["SA_ONSTACK"]:
        process.actions[SIGSEGV] = action._replace(handler=DEFAULT)
        thread.blocked &= ~bit
