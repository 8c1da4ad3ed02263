"""Vector, error code and CR2 of each exception, as the host's processor pushes them and its kernel shows them.

The code runs in a child whose signal handler reports what the kernel put into the ucontext.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys

import pytest

from asm import intel
from asm.linker import link
from emu.cpu import Cpu, Stop
from emu.mmu import AddressSpace
from emu.ram import PAGE, Ram
from kernel_stub.cpu import Fault, Protection

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

CODE, DATA, STACK = 0x400000, 0x600000, 0x7FFF_0000
MAPPINGS = ((CODE, PAGE, 7), (DATA, PAGE, 3), (STACK - 4 * PAGE, 4 * PAGE, 3))
START = (
    f"mov rsp, {STACK - 64:#x}; mov esi, {DATA:#x}; mov edi, {DATA:#x}; xor eax, eax; xor ebx, ebx; xor ecx, ecx;"
    "xor edx, edx; xor ebp, ebp; mov r12, 0x8000000000000000;"
)
SA_SIGINFO, SA_ONSTACK = 4, 0x0800_0000
SIGNALS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP)
GREGS, RIP, RFLAGS, ERROR, TRAP_NUMBER, CR2 = 40, 16, 17, 19, 20, 22  # ucontext_t; indices of <sys/ucontext.h>
RESUME = 0x10000

READS = (
    "mov al, {m}", "cmp {m}, eax", "test {m}, eax", "bt dword ptr {m}, 3", "push qword ptr {m}",
    "fld qword ptr {m}", "movups xmm0, {m}", "call {m}", "jmp {m}", "lodsb", "mulss xmm0, {m}", "ldmxcsr {m}",
)  # fmt: skip
WRITES = (
    "mov {m}, al", "setz {m}", "pop qword ptr {m}", "fstp qword ptr {m}", "movups {m}, xmm0", "stosb",
    "stmxcsr {m}", "movnti {m}, eax", "fnstcw {m}",
)  # fmt: skip
BOTH = (
    "add {m}, al", "sub {m}, rax", "adc {m}, ax", "sbb byte ptr {m}, 0", "and {m}, eax", "or dword ptr {m}, 0",
    "xor {m}, eax", "inc byte ptr {m}", "dec qword ptr {m}", "neg dword ptr {m}", "not word ptr {m}",
    "shl dword ptr {m}, 1", "sar dword ptr {m}, cl", "rol byte ptr {m}, 3", "ror byte ptr {m}, 1",
    "rcl dword ptr {m}, 1", "rcr qword ptr {m}, 1", "shld {m}, eax, 3", "shrd {m}, eax, cl",
    "bts dword ptr {m}, 3", "btr {m}, eax", "btc {m}, rax", "xchg {m}, eax", "xadd {m}, eax",
    "cmpxchg {m}, ecx", "lock cmpxchg {m}, rcx", "cmpxchg8b {m}", "lock cmpxchg16b {m}",
    "lock inc dword ptr {m}",
)  # fmt: skip
OTHERS = (
    "hlt", "in al, dx", "ud2", "idiv ecx", "int3", "int 4", "int 0x21", "int 6", "mov ax, 8; mov ds, ax",
    "mov ax, 0x33; mov ss, ax", "push 5; pop fs", "mov al, [r12]", "mov rbp, r12; mov al, [rbp]",
    "mov rsp, r12; push rax", "jmp r12", "push r12; ret", "push 0x123; push rbx; retf",
    "push 0x2b; push 0; push 0x202; push 0x13; push 0; iretq", "add [rip], eax",
    "mov al, [rip]; mov [rip], al", "jmp rsi", "mov eax, 0x800000; call rax", "mov eax, 0xf1; mov [rax], eax",
    "push rax; fldcw [rsp]; fld1; fldz; fdivp; fwait", "movsb; xor esi, esi; movsb", "xor edi, edi; movsb",
    "mov [rsi + 4094], eax", "mov eax, [rsi + 4094]", "add [rsi + 4094], eax",
)  # fmt: skip
ZEROED = {"lodsb": "xor esi, esi; lodsb", "stosb": "xor edi, edi; stosb"}  # the others go to [rbx], which is 0
CASES = [*(ZEROED.get(text, text.format(m="[rbx]")) for text in (*READS, *WRITES, *BOTH)), *OTHERS]


class Action(ctypes.Structure):
    """struct sigaction of the C library."""

    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_ubyte * 128),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


def machine_code(text: str) -> bytes:
    source = ".text\n_start:\n" + "\n".join(line.strip() for line in text.split(";")) + "\nnop\nnop\n"
    (segment,) = link([intel.assemble("program.s", source)], base=CODE).segments
    return segment.data


def run_and_report(code: bytes, pipe: int) -> None:
    """In the child: map, install the handler, jump; never returns."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
    for address, size, protection in MAPPINGS:
        assert libc.mmap(address, size, protection, 0x100022, -1, 0) == address

    def report(_signal: int, _info: int, context: int) -> None:
        os.write(pipe, ctypes.string_at(context + GREGS, 23 * 8))
        os._exit(0)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(report)
    stack = ctypes.create_string_buffer(1 << 16)
    libc.sigaltstack(struct.pack("<QiiQ", ctypes.addressof(stack), 0, 0, len(stack)), None)
    entry = ctypes.cast(handler, ctypes.c_void_p).value
    action = Action(entry, (ctypes.c_ubyte * 128)(), SA_SIGINFO | SA_ONSTACK, None)
    for number in SIGNALS:
        libc.sigaction(int(number), ctypes.byref(action), None)
    ctypes.memmove(CODE, code, len(code))
    libc.mprotect(ctypes.c_void_p(CODE), ctypes.c_size_t(PAGE), 5)
    ctypes.CFUNCTYPE(None)(CODE)()


def hosts_fault(code: bytes) -> tuple[Fault, int, int]:
    """The exception, RIP and RFLAGS."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            run_and_report(code, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        registers = struct.unpack("<23Q", pipe.read())
    os.waitpid(pid, 0)
    vector, address = registers[TRAP_NUMBER], registers[CR2]
    return Fault(vector, registers[ERROR], address if vector == 14 else 0), registers[RIP], registers[RFLAGS]


def our_fault(code: bytes) -> tuple[Fault, int, int]:
    space = AddressSpace(Ram(1 << 20))
    for address, size, protection in MAPPINGS:
        space.map(address, size, Protection(protection))
    space.poke(CODE, code)
    space.protect(CODE, PAGE, Protection.READ | Protection.EXECUTE)
    cpu = Cpu(space.ram, space)
    cpu.registers.rip = CODE
    assert cpu.run(100) is Stop.FAULT
    return cpu.fault, cpu.registers.rip, cpu.registers.rflags


@pytest.mark.parametrize("code", CASES)
def test_an_exception_is_the_hosts(code: str):
    assembled = machine_code(START + code)
    assert our_fault(assembled) == hosts_fault(assembled)
