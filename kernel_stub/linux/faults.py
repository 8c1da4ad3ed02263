"""Processor exceptions as signals: si_code, si_addr, and what the thread remembers for later frames.

Source: arch/x86/kernel/traps.c, arch/x86/mm/fault.c, arch/x86/kernel/fpu/core.c (fpu__exception_code).
"""

from __future__ import annotations

from kernel_stub.cpu import INDEX, Fault, Protection, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux.abi import FAULT_SIGNALS, TASK_SIZE_MAX, USER_CS, USER_SS
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.signals import BY_NAME
from kernel_stub.process import Trap
from kernel_stub.signals import SigInfo

DIVIDE, DEBUG, BREAKPOINT, INVALID_OPCODE, PAGE_FAULT = 0, 1, 3, 6, 14
X87, ALIGNMENT, SIMD = 16, 17, 19
GENERAL_PROTECTION = 13
CS, SS, RIP = INDEX["cs"], INDEX["ss"], INDEX["rip"]
LOCAL_TABLE = 4  # in a selector
PRESENT, WRITING, USER, FETCHING = 1, 2, 4, 0x10  # in a page fault's error code
SINGLE_STEP, TRAP_FLAG = 0x4000, 0x100  # DR6.BS, RFLAGS.TF
SEGV = BY_NAME["SIGSEGV"].number
BUS = BY_NAME["SIGBUS"].number
SI_KERNEL = CONSTANTS["SI_KERNEL"]

# The exception bits of the x87 status word and of MXCSR, by what they are reported as, first one first.
EXCEPTION_CODES = (
    (0x01, CONSTANTS["FPE_FLTINV"]),
    (0x04, CONSTANTS["FPE_FLTDIV"]),
    (0x08, CONSTANTS["FPE_FLTOVF"]),
    (0x12, CONSTANTS["FPE_FLTUND"]),
    (0x20, CONSTANTS["FPE_FLTRES"]),
)


def take_fault(kernel: Kernel, registers: Registers, fault: Fault) -> SigInfo | None:
    """Note the exception in the thread, and say which signal it is. None where nothing comes of it."""
    thread, vector = kernel.thread, fault.vector
    if vector == PAGE_FAULT:
        return _page_fault(kernel, fault)
    if vector not in FAULT_SIGNALS:  # an interrupt without a gate
        fault = Fault(GENERAL_PROTECTION, vector * 8 + 2)
        vector = GENERAL_PROTECTION
    thread.trap = thread.trap._replace(number=vector, error_code=fault.error_code)
    signal = BY_NAME[FAULT_SIGNALS[vector]].number
    rip = registers.rip
    match vector:
        case 0:
            return SigInfo(signal, CONSTANTS["FPE_INTDIV"], address=rip)
        case 1:
            stepped = fault.address & SINGLE_STEP or registers.rflags & TRAP_FLAG
            return SigInfo(signal, CONSTANTS["TRAP_TRACE" if stepped else "TRAP_BRKPT"], address=rip)
        case 6:
            return SigInfo(signal, CONSTANTS["ILL_ILLOPN"], address=rip)
        case 17:
            return SigInfo(signal, CONSTANTS["BUS_ADRALN"], address=0)
        case 16 | 19:
            code = exception_code(registers, vector)
            return SigInfo(signal, code, address=rip) if code else None
    return SigInfo(signal, SI_KERNEL)


def _page_fault(kernel: Kernel, fault: Fault) -> SigInfo:
    """SEGV_ACCERR where something is mapped. Of the kernel's half, user mode learns nothing."""
    address, error_code = fault.address, fault.error_code | USER
    mapped = False
    if address >= TASK_SIZE_MAX:
        error_code |= PRESENT
    else:
        untouched = kernel.process.space.find(address)  # mapped, and not a page of it given yet
        mapped = untouched is not None or kernel.memory.protection(address) is not None
    kernel.thread.trap = Trap(PAGE_FAULT, error_code, address)
    if mapped and _behind_file(kernel, fault):
        return SigInfo(BUS, CONSTANTS["BUS_ADRERR"], address=address)
    return SigInfo(SEGV, CONSTANTS["SEGV_ACCERR" if mapped else "SEGV_MAPERR"], address=address)


def _behind_file(kernel: Kernel, fault: Fault) -> bool:
    """Whether a page isn't there because the file that is mapped ends before it."""
    region = kernel.process.space.find(fault.address)
    if region is None or region.backing is None or kernel.memory.protection(fault.address) is not None:
        return False
    write, fetch = fault.error_code & WRITING, fault.error_code & FETCHING
    return region.allows(Protection.WRITE if write else Protection.EXECUTE if fetch else Protection.READ)


def return_fault(registers: Registers) -> Fault | None:
    """The general protection fault of the IRETQ to a CS and SS that aren't user code and data, or to a RIP that
    isn't canonical. RFLAGS has no RF then: no instruction was begun.

    Selectors of 0 are registers of which nobody said more: a frame's have the bits of ring 3. For an SS in the
    local descriptor table the error code gets lost (espfix in exc_double_fault).
    """
    values = registers.values
    cs, ss, rip = values[CS], values[SS], values[RIP]
    if ss & LOCAL_TABLE:
        return Fault(GENERAL_PROTECTION)
    if cs not in (USER_CS, 0):
        return Fault(GENERAL_PROTECTION, cs & 0xFFFC)
    if ss not in (USER_SS, 0):
        return Fault(GENERAL_PROTECTION, ss & 0xFFFC)
    return None if rip >> 47 in (0, 0x1FFFF) else Fault(GENERAL_PROTECTION)


def exception_code(registers: Registers, vector: int) -> int:
    """The si_code for the exceptions that are flagged and not masked; 0 if there is none."""
    if registers.fpu is None:
        return CONSTANTS["FPE_FLTINV"]
    image = registers.fpu.load()
    if vector == X87:
        control, status = (int.from_bytes(image[at : at + 2], "little") for at in (0, 2))
        flagged = status & ~control
    else:
        mxcsr = int.from_bytes(image[24:28], "little")
        flagged = mxcsr & ~(mxcsr >> 7)
    return next((code for bits, code in EXCEPTION_CODES if flagged & bits), 0)
