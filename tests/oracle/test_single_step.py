"""The emulated processor against the host's: the same code, one instruction at a time, under ptrace.

After every step RIP, all general registers and RFLAGS are equal, and so are the memory at the end, the
number of steps, and the signal that a fault becomes. What the manuals leave undefined is named in
`UNDEFINED`; what is known to differ is in `KNOWN`, with its own test that fails once it no longer does.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asm import intel
from asm.linker import link
from emu.cpu import Cpu, Stop
from emu.disassembler import Disassembler
from emu.mmu import AddressSpace
from emu.ram import PAGE, Ram
from kernel_stub.cpu import GENERAL, Protection
from kernel_stub.linux.personality import LINUX

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

CODE, DATA, STACK = 0x400000, 0x600000, 0x7FFF_0000  # one, four and four pages; the last ends at STACK
MAPPINGS = ((CODE, PAGE, 5), (DATA, 4 * PAGE, 3), (STACK - 4 * PAGE, 4 * PAGE, 3))
NOWHERE = 1 << 63  # not canonical
CF, PF, AF, ZF, SF, OF = 0x1, 0x4, 0x10, 0x40, 0x80, 0x800
TRAP = 0x100  # TF is the tracer's while it steps; the kernel shows it after IRETQ, as if the program had set it

# Intel's manual, volume 2: flags that an instruction leaves undefined, and where processors differ.
UNDEFINED = {
    **dict.fromkeys(("shl", "shr", "sar", "shld", "shrd"), AF | OF),  # OF but for a shift by one
    **dict.fromkeys(("rol", "ror", "rcl", "rcr"), OF),  # but for a rotation by one
    **dict.fromkeys(("mul", "imul"), SF | ZF | AF | PF),
    **dict.fromkeys(("div", "idiv"), CF | OF | SF | ZF | AF | PF),
    **dict.fromkeys(("and", "or", "xor", "test"), AF),
    **dict.fromkeys(("bsf", "bsr"), CF | OF | SF | AF | PF),
    **dict.fromkeys(("bt", "bts", "btr", "btc"), OF | SF | AF | PF),
}


class Event(NamedTuple):
    """What stopped the child after a step: a signal's name, its si_code and si_addr."""

    signal: str
    code: int
    address: int


STEPPED = 2  # TRAP_TRACE


class Host:
    """A stopped child process with pages at MAPPINGS, whose registers and steps are ours (ptrace(2))."""

    TRACEME, SINGLESTEP, GETREGS, SETREGS, GETSIGINFO = 0, 9, 12, 13, 0x4202
    ORDER = (  # struct user_regs_struct
        "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
        "orig_rax", "rip", "cs", "rflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
    )  # fmt: skip

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
        self._libc.ptrace.restype = ctypes.c_long
        self._child = subprocess.Popen([sys.executable, "-c", ""], preexec_fn=lambda: self._ptrace(self.TRACEME, 0))
        os.waitpid(self._child.pid, 0)  # it stops at its execve
        self._memory = open(f"/proc/{self._child.pid}/mem", "r+b", buffering=0)  # noqa: SIM115
        self._words = (ctypes.c_uint64 * len(self.ORDER))()
        self._first = self.registers()
        for address, size, protection in MAPPINGS:
            self._map(address, size, protection)

    def _ptrace(self, request: int, pid: int, data: int | None = None) -> None:
        if self._libc.ptrace(request, pid, None, data) < 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def registers(self) -> dict[str, int]:
        self._ptrace(self.GETREGS, self._child.pid, ctypes.addressof(self._words))
        return dict(zip(self.ORDER, self._words, strict=True))

    def start(self, values: dict[str, int]) -> None:
        """Set registers; the others are those of a fresh process."""
        values = self._first | values | {"orig_rax": (1 << 64) - 1}
        self._words[:] = [values[name] for name in self.ORDER]
        self._ptrace(self.SETREGS, self._child.pid, ctypes.addressof(self._words))

    def step(self) -> Event:
        self._ptrace(self.SINGLESTEP, self._child.pid)
        _, status = os.waitpid(self._child.pid, 0)
        assert os.WIFSTOPPED(status), status
        info = ctypes.create_string_buffer(128)
        self._ptrace(self.GETSIGINFO, self._child.pid, ctypes.addressof(info))
        number, _, code, address = struct.unpack_from("<iiixxxxQ", info.raw)
        return Event(signal.Signals(number).name, code, address)

    def write(self, address: int, data: bytes) -> None:
        self._memory.seek(address)
        self._memory.write(data)

    def read(self, address: int, size: int) -> bytes:
        self._memory.seek(address)
        return self._memory.read(size)

    def _map(self, address: int, size: int, protection: int) -> None:
        at = self._first["rip"]
        self.write(at, b"\x0f\x05")
        fixed = 0x100022  # MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE
        call = {"rax": 9, "rdi": address, "rsi": size, "rdx": protection, "r10": fixed, "r8": (1 << 64) - 1, "r9": 0}
        self.start(call)
        self.step()
        assert self.registers()["rax"] == address

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        self._memory.close()


@pytest.fixture
def host(require_tool: Callable[..., str]) -> Iterator[Host]:
    try:
        made = Host()
    except (OSError, subprocess.SubprocessError):
        allow = "docker run --cap-add=SYS_PTRACE, or sysctl kernel.yama.ptrace_scope=1"
        require_tool("permission to use ptrace", allow)
        raise
    yield made
    made.close()


def machine_code(text: str) -> bytes:
    source = ".text\n_start:\n" + "\n".join(line.strip() for line in text.split(";")) + "\n"
    (segment,) = link([intel.assemble("program.s", source)], base=CODE).segments
    return segment.data


def prepare(host: Host, code: bytes, values: dict[str, int]) -> Cpu:
    """The same memory and registers on both sides."""
    space = AddressSpace(Ram(1 << 20))
    for address, size, protection in MAPPINGS:
        space.map(address, size, Protection(protection))
        space.poke(address, code.ljust(size, b"\xcc") if address == CODE else bytes(size))
        host.write(address, code.ljust(size, b"\xcc") if address == CODE else bytes(size))
    cpu = Cpu(space.ram, space)
    values = {"rip": CODE, "rsp": STACK - 256, "rsi": DATA, "rdi": DATA + PAGE, "rflags": 0x202} | values
    for name, value in values.items():
        cpu.registers.values[GENERAL.index(name)] = value
    host.start(dict(zip(GENERAL, cpu.registers.values, strict=False)))
    return cpu


def undefined_flags(known: Disassembler, cpu: Cpu) -> int:
    """Of the instruction that comes next."""
    address = cpu.registers.rip
    return UNDEFINED.get(known.decode(address, cpu.space.code_at(address)).mnemonic.split()[-1], 0)


def compare(host: Host, code: str, most: int = 60, **values: int) -> Event | None:
    """Step both until a fault or `most` steps, comparing after each; the fault as the host told it."""
    cpu, known = prepare(host, machine_code(code), values), Disassembler()
    for steps in range(most):
        ignored, at = undefined_flags(known, cpu), cpu.registers.rip
        stop, event, theirs = cpu.run(1), host.step(), host.registers()
        ours = dict(zip(GENERAL, cpu.registers.values, strict=False))
        ours["rflags"] = ours["rflags"] & ~(ignored | TRAP) | theirs["rflags"] & (ignored | TRAP)
        theirs = {name: theirs[name] for name in GENERAL}
        assert ours == theirs, (steps, hex(at), stop, event)
        assert (stop is Stop.LIMIT) == (event.signal == "SIGTRAP" and event.code == STEPPED), (stop, event)
        if stop is not Stop.LIMIT:
            assert stop is Stop.FAULT
            fault = cpu.fault
            assert event.signal == LINUX.fault_signal(fault)
            assert fault.vector != 14 or event.address == fault.address
            assert cpu.retired == steps + (fault.vector in (3, 4))
            return event
        assert cpu.retired == steps + 1
        cpu.registers.rflags = cpu.registers.rflags & ~ignored | theirs["rflags"] & ignored & ~TRAP
    for address, size, _ in MAPPINGS:
        assert cpu.space.copy_in(address, size) == host.read(address, size)
    return None


PROGRAMS = {
    "loop": "mov ecx, 4; again: dec ecx; jnz again; nop",
    "loop instruction": "mov ecx, 4; again: loop again; nop",
    "loop with a 32-bit counter": "mov rcx, 0x100000002; again: .byte 0x67, 0xe2, 0xfd; nop",
    "loope and loopne": "mov ecx, 5; xor eax, eax; again: loope again; mov ecx, 5; more: loopne more",
    "jump to itself": "again: jmp again",
    "call, ret, ret imm": (
        "call one; one: add rsp, 8; call two; jmp end; two: push rax; "
        "push rbx; ret 0; end: nop"
    ),
    "ret takes arguments away": "push 7; push 8; call sub; nop; sub: ret 16",
    "enter and leave": "push rbp; enter 32, 0; leave; enter 16, 1; leave; pop rbp",
    "rep movsb, count 0": "xor ecx, ecx; rep movsb",
    "rep movsb, count 1": "mov ecx, 1; rep movsb",
    "rep movsb, count 5": "mov ecx, 5; rep movsb",
    "rep stosb": "mov ecx, 5; mov al, 7; rep stosb; mov ecx, 0; rep stosb",
    "rep lodsq": "mov ecx, 5; rep lodsq; mov ecx, 1; rep lodsq; mov ecx, 0; rep lodsq",
    "backwards": "std; mov ecx, 3; lea rsi, [rsi + 16]; rep movsw; cld",
    "repe cmpsb ends": "mov byte ptr [rdi + 1], 9; mov ecx, 5; repe cmpsb; setz al",
    "repe cmpsb differs at the last": "mov byte ptr [rdi + 4], 9; mov ecx, 5; repe cmpsb; setz al",
    "repe cmpsb, all equal": "mov ecx, 5; repe cmpsb; setz al",
    "repe cmpsb, count 0": "xor ecx, ecx; repe cmpsb",
    "repne scasb finds": "mov byte ptr [rdi + 2], 7; mov ecx, 5; mov al, 7; repne scasb",
    "repne scasb finds nothing": "mov ecx, 3; mov al, 7; repne scasb",
    "rep counts in ECX": (
        "mov rcx, 0x100000003; .byte 0x67, 0xf3, 0xa4; mov rcx, 0x100000000; "
        ".byte 0x67, 0xf3, 0xa4"
    ),
    "repne on a plain string instruction": "mov ecx, 3; .byte 0xf2, 0xa4; mov ecx, 2; .byte 0xf2, 0xaa",
    "pause, rep ret, nops": (
        "pause; call sub; jmp end; sub: .byte 0xf3, 0xc3; "
        "end: nop; .byte 0x0f, 0x1f, 0x40, 0"
    ),
    "flags in AH": "stc; std; lahf; sahf; cld; cmc; clc; mov ah, 0xff; sahf; lahf",
    "segments": (
        "mov eax, cs; mov ebx, ss; mov ecx, ds; mov edx, es; mov r8d, fs; "
        "mov r9d, gs; push fs; pop rax"
    ),
    "segment loads": "mov eax, 0x2b; mov ds, eax; mov es, eax; xor eax, eax; mov ds, eax; mov eax, es",
    "far return": "lea rax, [rip + 6]; push 0x33; push rax; .byte 0x48, 0xcb; nop; nop; nop",
    "iretq": (
        "mov rcx, rsp; push 0x2b; push rcx; push 0x202; push 0x33; "
        "lea rax, [rip + 3]; push rax; iretq; nop"
    ),
    "exchanges": (
        "xchg [rsi], rax; xadd [rsi], rdx; cmpxchg [rsi], rcx; "
        "lock cmpxchg8b [rsi]; cmpxchg16b [rdi]"
    ),
    "bit tests reach beyond": (
        "mov eax, 100; bts [rsi], eax; btr [rsi], eax; "
        "btc dword ptr [rsi], 5; bt [rsi], eax"
    ),
    "bswap, movbe's cousin, popcnt, crc32": (
        "bswap rax; bswap r9d; popcnt rdx, rax; "
        "crc32 rax, rdx; crc32 eax, cl"
    ),
    "x87": "fld1; fldpi; faddp; fstp qword ptr [rsi]; mov rax, [rsi]; fnstcw [rsi]; mov cx, [rsi]",
    "sse": (
        "mov eax, 0x3f800000; movd xmm0, eax; addss xmm0, xmm0; sqrtss xmm1, xmm0; "
        "movd eax, xmm1; ucomiss xmm0, xmm1"
    ),
    "sse4": (
        "movq xmm0, rax; pshufb xmm0, xmm1; pcmpistri xmm0, xmm1, 8; "
        "ptest xmm0, xmm0; pextrq rax, xmm0, 0"
    ),
    "aes": (
        "movq xmm0, rbx; aesenc xmm0, xmm0; aeskeygenassist xmm1, xmm0, 3; "
        "pclmulqdq xmm1, xmm0, 0; movq rax, xmm1"
    ),
    "data page edge": "mov rax, [rsi + 0x3ff8]; mov [rsi + 0x3ffc], eax; mov al, [rsi + 0x3fff]",
    "across pages": (
        "mov rax, 0x1122334455667788; mov [rsi + 0xffd], rax; mov rbx, [rsi + 0xffe]; "
        "movups xmm0, [rsi + 0xff9]"
    ),
}

FAULTS = {  # by the signal that they become
    "SIGSEGV": (
        "cli", "sti", "hlt", "in al, dx", "out dx, al", "insb", "outsb", "mov ecx, 2; rep insb",
        "mov cr0, rax", "mov rax, cr3", "mov dr0, rax", "rdmsr", "lgdt [rsi]", "swapgs", "wbinvd",
        "invlpg [rsi]", "rdpmc", "xor ecx, ecx; xsetbv", "mov ecx, 7; xgetbv", "sysretq", "iretq", "retf",
        "clts", "int 4", "int 5", "int 6", "int 0x21", ".byte 0x66, 0xcd, 5", "int 0",
        "mov ax, 0x33; mov ss, ax", "mov ax, 8; mov ds, ax", "push 5; pop fs", "mov al, [0]", "mov [rip], al",
        "jmp rsi", "mov rax, -4096; jmp rax", "mov rax, -1; mov al, [rax]",
        "mov rax, 0x7fffffffffff; mov al, [rax]", "mov rax, [rsi + 0x3ffc]", "mov [rsi + 0x3ffe], rax",
        "cmpxchg16b [rsi + 1]", "mov ecx, 5; lea rdi, [rsi + 0x3ffd]; rep stosb", "std; mov ecx, 3; rep lodsq",
        "enter 16, 3", "leave", "xlatb", "push qword ptr [0]", "mov rbp, r15; mov eax, fs:[rbp]",
        "mov rbp, r15; mov eax, [rax + rbp]", "mov eax, [r15]", "push qword ptr [r15]", "jmp r15", "call r15",
        "push r15; ret", "push r15; ret 8", "push r15; jmp [rsp]", "push r15; call [rsp]",
        "mov rax, 0x800000000000; jmp rax",
    ),
    "SIGILL": (
        "sysenter", "ud2", "rsm", "monitor", "mwait", ".byte 0xf0, 0x90", "lock inc eax", ".byte 0x06",
        ".byte 0xd6", ".byte 0x0f, 0xff, 0xc0", ".byte 0x8e, 0xc8", ".byte 0x9a",
    ),
    "SIGTRAP": (
        "int3", ".byte 0xcd, 3",
    ),
    "SIGFPE": (
        "xor ecx, ecx; div ecx", "mov eax, 0x80000000; cdq; mov ecx, -1; idiv ecx",
        "push 0; fldcw [rsp]; fld1; fldz; fdivp; fwait",
        "push 0; ldmxcsr [rsp]; xorps xmm1, xmm1; mov eax, 1; movd xmm0, eax; divss xmm1, xmm1",
        "push 0x1e80; ldmxcsr [rsp]; mov eax, 1; movd xmm0, eax; mulps xmm1, xmm1; mulps xmm0, xmm0",
        "push 0x1780; ldmxcsr [rsp]; mov eax, 0x800000; movd xmm0, eax; push 0x3f000000; mulss xmm0, [rsp]; nop",
        "push 0x0f80; ldmxcsr [rsp]; push 3; cvtsi2ss xmm0, qword ptr [rsp]; sqrtss xmm0, xmm0",
        "push 0x0f80; ldmxcsr [rsp]; mov eax, 0x3fffffff; cvtsi2sd xmm0, eax; cvtsi2ss xmm0, eax",
        "push 0x1f00; ldmxcsr [rsp]; pcmpeqd xmm0, xmm0; ucomiss xmm0, xmm0; addps xmm0, xmm0; comisd xmm0, xmm0",
        "push 0x1f00; ldmxcsr [rsp]; pcmpeqd xmm0, xmm0; cvttsd2si rax, xmm0",
    ),
    "SIGBUS": (
        "mov rsp, r15; push rax", "mov rsp, r15; pop rax", "mov rsp, r15; call next; next: nop",
        "mov rsp, r15; ret", "mov rbp, r15; leave", "mov rsp, r15; pushfq", "mov rbp, r15; mov eax, [rbp]",
        "push 0x40202; popfq; mov rax, [rsi + 1]", "mov rbp, r15; mov eax, ds:[rbp]",
        "mov rbp, r15; mov eax, [rbp + rax * 2]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_step_is_the_hosts(host: Host, name: str):
    compare(host, f"{PROGRAMS[name]}; nop; end_of_program: jmp end_of_program", 40, rax=0x1234_5678_9ABC, rbx=3)


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in FAULTS.items() for code in codes])
def test_every_fault_is_the_hosts(host: Host, name: str, code: str):
    event = compare(host, code, r15=NOWHERE)
    assert event is not None and event.signal == name


# What is known to differ: code, and what the host's processor does about it.
KNOWN = {
    "movaps xmm0, [rsi + 1]": "a protection fault: alignment is checked only while RFLAGS.AC is set",
    "fldpi; fstp qword ptr [rsi]; fnstsw ax": "the precision flag: the engine keeps no x87 exception flags",
    "mov al, 3; cvtsi2ss xmm0, eax; movss xmm1, xmm0; sqrtss xmm1, xmm1; stmxcsr [rsi]; mov eax, [rsi]": (
        "the precision flag: the engine keeps no SSE exception flags"
    ),
    "mov rcx, -1; cmpxchg ecx, ebx": "an upper half that stays: the engine clears it though nothing is stored",
    "mov rax, 0x100000000; cmpxchg [rsi], ecx": "an upper half of RAX that stays where EAX was equal",
    "lock mov [rsi], eax": "undefined: the engine ignores LOCK before instructions that can't be locked",
    "xor ecx, ecx; rep insb": "a protection fault: the engine does nothing at all when the count is zero",
    "mov rax, 0x7fffffffffff; mov ax, [rax]": "a protection fault, for its second byte is not canonical",
    "mov ax, 0x2b; mov ss, ax; nop": "a single-step that passes over the instruction behind MOV SS",
    ".byte 0xf3, 0x0f, 0xbc, 0xc1": "TZCNT: without BMI, as here, it is BSF",
    "vaddps xmm0, xmm1, xmm2; jmp .": "AVX: the engine takes the VEX prefix for none, and runs ADDPS",
}


@pytest.mark.parametrize("code", KNOWN)
def test_known_differences_are_still_there(host: Host, code: str):
    """If one is gone, take it from the list, and put the code among the others."""
    if code.startswith("vaddps"):
        cpu = prepare(host, machine_code(code), {})
        assert cpu.run(1) is Stop.LIMIT  # a processor without AVX, as CPUID has it, would say #UD
    else:
        with pytest.raises(AssertionError):
            compare(host, code, 6)


REGISTERS = {
    64: ("rax", "rbx", "rcx", "rdx", "rbp", "r8", "r15"), 32: ("eax", "ebx", "ecx", "edx", "ebp", "r8d", "r15d"),
    16: ("ax", "bx", "cx", "dx", "bp", "r8w", "r15w"), 8: ("al", "bl", "cl", "dl", "bpl", "r8b", "ah"),
}  # fmt: skip
TWO = ("add", "adc", "sub", "sbb", "cmp", "and", "or", "xor", "test", "mov", "xchg")
ONE = ("inc", "dec", "neg", "not", "mul", "imul")
WIDER = ("imul", "cmovz", "cmovc", "cmovl", "cmovnbe", "bt", "bts", "btr", "btc", "xadd")
SHIFTS = ("shl", "shr", "sar", "rol", "ror", "rcl", "rcr")
PLAIN = (
    "cdq", "cqo", "cwde", "cdqe", "stc", "clc", "cmc", "lahf", "sahf", "movsb", "stosw", "lodsd", "scasb", "cmpsq",
    "push rax; pop rdx", "push rsp; pop rbx", "setz al", "setl cl", "seto dl", "bswap rax", "nop",
    "mov ecx, 3; rep movsb", "mov ecx, 2; repe cmpsb", "mov ecx, 3; repne scasb", "xor ecx, ecx; rep stosq",
    "call l{i}; l{i}: pop r8", "jz l{i}; not eax; l{i}: nop", "jl l{i}; not ebx; l{i}: nop",
    "jbe l{i}; dec ecx; l{i}: nop",
    "mov ecx, 2; l{i}: loop l{i}", "mov [rsi + 16], rax; mov bx, [rsi + 17]", "shld rax, rbx, 7", "shrd ecx, edx, cl",
    "cmpxchg rbx, rcx", "lock cmpxchg [rsi], rcx",
    "lea rax, [rbx + rcx * 4 + 5]", "movzx eax, bl", "movsx rcx, dx", "movsxd rdx, ecx", "crc32 eax, ecx",
    "popcnt rbx, rax",
)  # fmt: skip


EDGES = st.sampled_from((1 << 31, 1 << 63, (1 << 64) - 1))
VALUES = st.one_of(st.integers(0, 70), st.integers(0, (1 << 64) - 1), EDGES)


@st.composite
def fragments(draw: st.DrawFn) -> str:
    width = draw(st.sampled_from((64, 32, 16, 8)))
    a, b = (draw(st.sampled_from(REGISTERS[width])) for _ in range(2))
    kind = draw(st.sampled_from(("two", "one", "wide", "shift", "immediate", "memory", "plain")))
    if width == 8 and "ah" in (a, b):  # it can't be named beside registers that need a REX prefix
        a, b = ("al" if x == "ah" else x for x in (a, b))
    if kind == "two":
        return f"{draw(st.sampled_from(TWO))} {a}, {b}"
    if kind == "one":
        return f"{draw(st.sampled_from(ONE))} {a}"
    if kind == "wide":
        wide = REGISTERS[max(width, 16)]
        a, b = draw(st.sampled_from(wide)), draw(st.sampled_from(wide))
        scan = f"or {b}, 8; bsf {a}, {b}; or {b}, 1; bsr {a}, {b}"  # of zero: undefined
        return draw(st.sampled_from((*(f"{name} {a}, {b}" for name in WIDER), scan)))
    if kind == "shift":
        return f"{draw(st.sampled_from(SHIFTS))} {a}, {draw(st.sampled_from(('1', 'cl', '5', '31', '63')))}"
    if kind == "immediate":
        value = draw(st.integers(-(1 << min(width, 32) - 1), (1 << min(width, 32) - 1) - 1))
        return f"{draw(st.sampled_from(TWO[:-1]))} {a}, {value:#x}"
    if kind == "memory":
        size = {64: "qword", 32: "dword", 16: "word", 8: "byte"}[width]
        return f"{draw(st.sampled_from(TWO[:-2]))} {size} ptr [rsi + {draw(st.integers(0, 64))}], {a}"
    return draw(st.sampled_from(PLAIN))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    program=st.lists(fragments(), min_size=1, max_size=10),
    values=st.fixed_dictionaries(dict.fromkeys(REGISTERS[64], VALUES)),
)
def test_every_step_of_a_random_program_is_the_hosts(host: Host, program: list[str], values: dict[str, int]):
    text = "; ".join(line.replace("{i}", str(i)) for i, line in enumerate(program))
    compare(host, f"{text}; end: jmp end", 60, **values)
