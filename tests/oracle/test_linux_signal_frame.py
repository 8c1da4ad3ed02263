"""Signal frames of the host's kernel and ours, byte by byte: stacks, registers at entry, siginfo of each fault.

A small program takes a signal with known registers and writes its stacks. Our kernel gets the interrupted
registers (from the native frame itself), the same stacks, and the exception or the call; what lies on the stacks
afterwards and what is in the registers at entry must be equal. Two normalisations: our XSAVE area is made as
large as the host's, and of it only x87 and SSE are compared.

Frames that are edited before rt_sigreturn take the same way: an int3 after it, or the SIGSEGV that a bad frame
brings, shows what became of the edits.
"""

from __future__ import annotations

import os
import platform
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kernel_stub.cpu import Fault, Protection, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux import fpstate, signal_frame
from kernel_stub.linux.personality import LINUX
from kernel_stub.linux.structs import RT_SIGFRAMES, XSTATE
from kernel_stub.pages import PageMemory
from kernel_stub.process import AltStack, Credentials
from kernel_stub.signals import Action

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

CODE, STACK, ALTERNATE, SAVE, SIZE = 0x2A20_0000_0000, 0x2A21_0000_0000, 0x2A22_0000_0000, 0x2A23_0000_0000, 0x10000
SIGINFO, ONSTACK, RESTORER, NODEFER, RESETHAND = 4, 0x800_0000, 0x400_0000, 0x4000_0000, 0x8000_0000
USUAL = SIGINFO | RESTORER
ENTRY = (
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    "rip", "rflags", "cs", "ss",
)  # fmt: skip
FRAME = RT_SIGFRAMES["kill"]


@dataclass(frozen=True)
class Case:
    """Code, and the exception that it raises; for code that makes a call in the end, None."""

    code: str
    fault: Fault | None = None
    flags: int = USUAL
    mask: int = 0
    stack: int = 0


def call(name: str, *arguments: str) -> str:
    """Code that makes a call with the process's id where `self` stands, and the given numbers."""
    registers = {"rdi": "bf", "rsi": "be", "rdx": "ba"}
    code = "b827000000 0f05 4189c4"  # mov eax, getpid; syscall; mov r12d, eax
    moves = {"rdi": "4489e7", "rsi": "4489e6", "rdx": "4489e2"}  # mov edi, r12d, ...
    for (register, opcode), argument in zip(registers.items(), arguments, strict=False):
        code += moves[register] if argument == "self" else opcode + int(argument).to_bytes(4, "little").hex()
    return code + "b8" + LINUX.numbers[name].to_bytes(4, "little").hex() + "0f05"


KILL = call("kill", "self", "10")
PF = 14
CASES = {
    # faults
    "load from 0xf1": Case("8b0425f1000000", Fault(PF, 4, 0xF1)),
    "store to 0xf1": Case("890425f1000000", Fault(PF, 6, 0xF1)),
    "store into the code": Case("890500000000", Fault(PF, 7, CODE + 6)),
    "jump to 0": Case("31c0 ffe0", Fault(PF, 0x14, 0)),
    "jump to the stack": Case("ffe4", Fault(PF, 0x15, STACK + 0x8000)),
    "load from the kernel": Case("48c7c0000000ff 8b00", Fault(PF, 5, 0xFFFF_FFFF_FF00_0000)),
    "load from the end of user memory": Case("48b800f0ffffff7f0000 8b00", Fault(PF, 4, 0x7FFF_FFFF_F000)),
    "load from a non-canonical address": Case("48b90000000000000080 8b01", Fault(13)),
    "load from a non-canonical stack address": Case("48bd0000000000000080 8b4500", Fault(12)),
    "hlt": Case("f4", Fault(13)),
    "int 5": Case("cd05", Fault(13, 0x2A)),
    "int 0x50": Case("cd50", Fault(13, 0x282)),
    "mov es": Case("b83b000000 8ec0", Fault(13, 0x38)),
    "int3": Case("cc", Fault(3)),
    "int 3 in two bytes": Case("cd03", Fault(3)),
    "int 4": Case("cd04", Fault(4)),
    "icebp": Case("f1", Fault(1)),
    "TF": Case("9c 810c2400010000 9d 90 90", Fault(1)),
    "TF cleared by the stepped instruction itself": Case(
        "6802020000 9c 810c2400010000 9d 9d 90", Fault(1, 0, 0x4000)
    ),
    "TF before a push": Case("9c 810c2400010000 9d 68 02020000 9d 90", Fault(1)),
    "ud2": Case("0f0b", Fault(6)),
    "div by zero": Case("31c9 f7f1", Fault(0)),
    "idiv overflow": Case("b800000080 99 6aff 59 f7f9", Fault(0)),
    "alignment": Case("9c 810c2400000400 9d 8b442401", Fault(17)),
    "x87 invalid": Case("6a00 d92c24 d9ee d9ee def9 9b", Fault(16)),
    "x87 zero divide": Case("6a00 d92c24 d9e8 d9ee def9 9b", Fault(16)),
    "x87 stack overflow": Case("6a00 d92c24 d9e8d9e8d9e8d9e8 d9e8d9e8d9e8d9e8 9b", Fault(16)),
    "x87 inexact": Case("6a00 d92c24 d9eb d9eb def9 d9eb dec9 d9fa 9b", Fault(16)),
    "sse invalid": Case("6a00 0fae1424 0f57c0 0f57c9 f30f5ec1", Fault(19)),
    "sse zero divide": Case("6a00 0fae1424 b80000803f 660f6ec0 0f57c9 f30f5ec1", Fault(19)),
    "sse overflow": Case("6a00 0fae1424 b8ffff7f7f 660f6ec0 f30f59c0", Fault(19)),
    "sse underflow": Case("68 80070000 0fae1424 b801008000 660f6ec0 f30f59c0", Fault(19)),
    "sse denormal": Case("6a00 0fae1424 b801000000 660f6ec0 f30f58c0", Fault(19)),
    "sse inexact": Case("68 800f0000 0fae1424 b80000803f 660f6ec0 b800004040 660f6ec8 f30f5ec1", Fault(19)),
    "a store, DF and a flag": Case("fd f9 890425f1000000", Fault(PF, 6, 0xF1)),
    # calls
    "kill": Case(KILL),
    "tkill": Case(call("tkill", "self", "12")),
    "tgkill": Case(call("tgkill", "self", "self", "40")),
    "a fault after which a signal comes shows nothing of it": Case(KILL),
    # actions and stacks
    "without SA_SIGINFO": Case(KILL, flags=RESTORER),
    "SA_NODEFER": Case(KILL, flags=USUAL | NODEFER),
    "SA_RESETHAND": Case(KILL, flags=USUAL | RESETHAND),
    "a mask": Case(KILL, mask=0xFFFF_FFFF_FFFF_FFFF),
    "on the alternate stack": Case(KILL, flags=USUAL | ONSTACK, stack=1),
    "an alternate stack that the action doesn't want": Case(KILL, stack=1),
    "SS_AUTODISARM": Case(KILL, flags=USUAL | ONSTACK, stack=2),
    "a fault on the alternate stack": Case("8b0425f1000000", Fault(PF, 4, 0xF1), flags=USUAL | ONSTACK, stack=1),
    "already on the alternate stack": Case(
        "48bc0080000022 2a0000" + KILL, flags=USUAL | ONSTACK, stack=1
    ),
    "at the end of the alternate stack": Case("48bc0000010022 2a0000" + KILL, flags=USUAL | ONSTACK, stack=1),
    "just below the end of the alternate stack": Case("48bc7800010022 2a0000" + KILL, flags=USUAL | ONSTACK, stack=1),
    "on the alternate stack without SA_ONSTACK": Case("48bc0080000022 2a0000" + KILL, stack=1),
    "an odd stack pointer": Case("4883ec03" + KILL),
    "a stack pointer with low bits": Case("4883ec38" + KILL),
}  # fmt: skip


@dataclass(frozen=True)
class Native:
    """What the program wrote: registers at entry, and both stacks."""

    entry: dict[str, int]
    mxcsr: int
    control: int
    xmm3: bytes
    stacks: dict[int, bytes]

    def frame(self) -> dict[str, int]:
        """The rt_sigframe's fields."""
        base = self.entry["rsp"]
        return {placed.path: placed.value for placed in FRAME.place(base, self.bytes_at(base, FRAME.size))}

    def bytes_at(self, address: int, size: int) -> bytes:
        base = STACK if address < ALTERNATE else ALTERNATE
        return self.stacks[base][address - base : address - base + size]


@pytest.fixture(scope="module")
def program(require_tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("frames") / "native"
    source = Path(__file__).parent / "signal_frames" / "native.c"
    subprocess.run([require_tool("cc"), "-O1", "-w", "-no-pie", "-o", output, source], check=True)
    return output


def natively(program: Path, given: Case, *more: str) -> tuple[Native | None, int]:
    """What the handler found, or None if none ran; and the process's id."""
    arguments = [f"{given.flags:x}", f"{given.mask:x}", str(given.stack), given.code.replace(" ", "")]
    process = subprocess.Popen([program, *arguments, *more], stdout=subprocess.PIPE)
    data, _ = process.communicate()
    if len(data) != 3 * SIZE:
        return None, process.pid
    entry = dict(zip(ENTRY, struct.unpack_from("<20Q", data), strict=True))
    mxcsr, control = struct.unpack_from("<IH", data, 160)
    stacks = {STACK: data[SIZE : 2 * SIZE], ALTERNATE: data[2 * SIZE :]}
    return Native(entry, mxcsr, control, data[176:192], stacks), process.pid


class Fpu:
    """A state that is kept as an image."""

    def __init__(self, image: bytes) -> None:
        self.image = image

    def load(self) -> bytes:
        return self.image

    def store(self, image: bytes) -> None:
        self.image = image


def area_size(native: Native) -> int:
    """The host's XSAVE area, without the second magic."""
    area = native.bytes_at(native.frame()["uc_mcontext.fpstate"], XSTATE.size)
    return struct.unpack_from("<I", area, 480)[0]


def use_xsave_size(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Frames where the host has them: only the distance counts, the bytes are not compared."""
    monkeypatch.setattr(fpstate, "AREA", size)
    monkeypatch.setattr(fpstate, "SIZE", size + 4)
    marks = struct.pack("<IIQI28x", fpstate.MAGIC1, size + 4, fpstate.FEATURES, size)
    header = fpstate.FEATURES.to_bytes(8, "little").ljust(size - 512, b"\0")
    monkeypatch.setattr(fpstate, "TAIL", marks + header + fpstate.TAIL[-4:])
    monkeypatch.setattr(signal_frame, "MOST", signal_frame.MOST + size)


def simulated(given: Case, native: Native, pid: int, *, interrupted: int | None = None) -> tuple[Kernel, Registers]:
    """The kernel after the signal, and the registers at the handler's entry.

    `interrupted` is the process's id where it is another than that of the native frame.
    """
    frame = native.frame()
    memory = PageMemory()
    for base in (STACK, ALTERNATE):
        memory.map(base, SIZE)
        memory.poke(base, b"\xaa" * SIZE)
    memory.map(CODE, SIZE, Protection.READ | Protection.EXECUTE)
    kernel = Kernel(LINUX, memory)
    kernel.observe = True
    process = kernel.process
    process.pid = process.tid = process.pgrp = pid
    process.credentials = Credentials(os.getuid(), os.getgid(), os.geteuid(), os.getegid())
    # What the code pushed, and what it popped again, lies above the red zone's end.
    pushed = frame["uc_mcontext.rsp"] - 128
    if STACK < pushed < STACK + 0x8000:
        memory.poke(pushed, native.bytes_at(pushed, STACK + 0x8000 - pushed))
    restorer = frame["pretcode"]
    action = Action(native.entry["rip"], given.flags, restorer, given.mask & ~LINUX.rules.unblockable)
    process.actions[1:] = [action] * 64
    if given.stack:
        kernel.thread.altstack = AltStack(ALTERNATE, SIZE, 0x8000_0000 if given.stack == 2 else 0)
    registers = Registers(ds=0, es=0)
    for name in (*ENTRY[:16], "rip"):
        setattr(registers, name, frame[f"uc_mcontext.{name}"])
    registers.rflags, registers.cs, registers.ss = frame["uc_mcontext.eflags"], 0x33, 0x2B
    registers.fpu = Fpu(native.bytes_at(frame["uc_mcontext.fpstate"], 512))
    if given.fault is not None:
        kernel.fault(registers, given.fault)
    else:
        code = bytes.fromhex(given.code)
        registers.rax = int.from_bytes(code[-6:-2], "little")
        if interrupted is not None:
            registers.rdi = registers.r12 = interrupted
        kernel.syscall(registers)
    return kernel, registers


@pytest.mark.parametrize("name", CASES)
def test_frame_and_registers(name: str, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = CASES[name]
    native, pid = natively(program, given)
    assert native is not None
    size = area_size(native)
    use_xsave_size(monkeypatch, size)
    kernel, registers = simulated(given, native, pid)
    assert kernel.process.exit is None, [event.text for event in kernel.events]
    assert {name: getattr(registers, name) for name in ENTRY} == native.entry
    theirs, base = native.frame(), registers.rsp
    ours = {placed.path: placed.value for placed in FRAME.place(base, kernel.memory.copy_in(base, FRAME.size))}
    assert ours == theirs
    area = theirs["uc_mcontext.fpstate"]
    their_area, our_area = native.bytes_at(area, size + 4), kernel.memory.copy_in(area, size + 4)
    assert their_area[:28] == our_area[:28]
    assert their_area[32:472] == our_area[32:472]
    assert their_area[480:512] == our_area[480:512]
    assert their_area[-4:] == our_area[-4:]
    assert registers.fpu is not None
    state = registers.fpu.load()
    assert (native.control, native.mxcsr, native.xmm3) == struct.unpack_from("<H22xI180x16s", state)
    for start, stack in native.stacks.items():  # nothing else was written
        ours_there = bytearray(kernel.memory.copy_in(start, SIZE))
        theirs_there = bytearray(stack)
        for there in (ours_there, theirs_there):
            if start <= area < start + SIZE:
                there[area - start : area - start + size + 4] = bytes(size + 4)
        assert ours_there == theirs_there


BREAK = KILL + "cc"
CONTEXT = {path: field.offset for path, field in FRAME.fields.items()}
AREA = {path: field.offset for path, field in XSTATE.fields.items()}
Edit = tuple[
    str, int, int, int
]  # f: in the frame, x: in the XSAVE area, with offset, size, value; c: move the area


def put(path: str, value: int) -> Edit:
    """Another value in the frame or the area."""
    where, base = ("f", FRAME) if path in CONTEXT else ("x", XSTATE)
    field = base.fields[path]
    return where, field.offset, field.size if field.size == field.item else 8, value & (1 << 64) - 1


def moved(address: int) -> Edit:
    """The XSAVE area elsewhere, and the frame's pointer with it."""
    return "c", address, 0, 0


NEW_STACK = (put("uc_stack.ss_sp", 0x4000), put("uc_stack.ss_size", 8192))
MXCSR = put("fpstate.mxcsr", 0x1F00)
# Shows whether the header counts: with it the control word goes back to its initial state.
UNUSED = (put("xstate_hdr.xfeatures", 2), put("fpstate.cwd", 0x27F))
XSTATE_SIZE, EXTENDED = "fpstate.sw_reserved.xstate_size", "fpstate.sw_reserved.extended_size"
RETURNS: dict[str, tuple[Edit, ...]] = {
    "nothing": (),
    **{
        f"{name}": (put(f"uc_mcontext.{name}", 0x1234_5678_9ABC_DEF0),)
        for name in (
            "rax",
            "rbx",
            "rcx",
            "rdx",
            "rsi",
            "rdi",
            "rbp",
            "r8",
            "r9",
            "r10",
            "r11",
            "r12",
            "r13",
            "r14",
            "r15",
        )
    },
    "rsp": (put("uc_mcontext.rsp", STACK + 0x9000),),
    "rip": (put("uc_mcontext.rip", CODE + 0x800),),
    "rip 0": (put("uc_mcontext.rip", 0),),
    "a non-canonical rip": (put("uc_mcontext.rip", 1 << 63),),
    "rip at the end of user memory": (put("uc_mcontext.rip", 0x7FFF_FFFF_F000),),
    "rip in the kernel": (put("uc_mcontext.rip", 0xFFFF_FFFF_8000_0000),),
    "all flags but AC and TF": (put("uc_mcontext.eflags", ~0x40100),),
    "no flags": (put("uc_mcontext.eflags", 0),),
    **{f"flag bit {bit}": (put("uc_mcontext.eflags", 1 << bit),) for bit in range(22) if bit != 8},
    "AC in the flags": (put("uc_mcontext.eflags", 0x40000),),
    "TF in the flags": (put("uc_mcontext.eflags", 0x100),),
    **{
        f"cs {value:#x}": (put("uc_mcontext.cs", value),)
        for value in (0, 3, 7, 0x10, 0x2B, 0x30, 0x33, 0x63, 0x7B, 0xFFFF)
    },
    **{
        f"ss {value:#x}": (put("uc_mcontext.ss", value),)
        for value in (0, 3, 7, 0x10, 0x28, 0x2B, 0x33, 0x63, 0x7B, 0xFFFF)
    },
    **{
        f"ss {value:#x} without strict restore": (put("uc_mcontext.ss", value), put("uc_flags", 3))
        for value in (0, 0x10, 0x33)
    },
    "uc_flags 0": (put("uc_flags", 0),),
    "fs and gs": (put("uc_mcontext.fs", 0x33), put("uc_mcontext.gs", 0x2B)),
    "err, trapno, cr2, oldmask": tuple(
        put(f"uc_mcontext.{name}", 0x77) for name in ("err", "trapno", "cr2", "oldmask")
    ),
    "the mask": (put("uc_sigmask", (1 << 64) - 1 & ~(1 << 4 | 1 << 10)),),
    "a mask with SIGTRAP": (put("uc_sigmask", 1 << 4),),
    "the stack": NEW_STACK,
    "the stack with wrong flags": (*NEW_STACK, put("uc_stack.ss_flags", 7)),
    "a stack that is too small": (*NEW_STACK, put("uc_stack.ss_size", 100)),
    "the stack with SS_AUTODISARM": (*NEW_STACK, put("uc_stack.ss_flags", 0x8000_0000)),
    "the stack disabled": (*NEW_STACK, put("uc_stack.ss_flags", 2)),
    "the stack, and a bad cs": (*NEW_STACK, put("uc_mcontext.cs", 0)),
    "the stack, and a bad state": (*NEW_STACK, put("uc_mcontext.fpstate", 1)),
    "no state": (put("uc_mcontext.fpstate", 0),),
    "a state nowhere": (put("uc_mcontext.fpstate", 0x1000),),
    "a state in the kernel": (put("uc_mcontext.fpstate", 0xFFFF_8000_0000_0000),),
    "the state elsewhere": (moved(ALTERNATE + 0x1000), MXCSR),
    "the state misaligned": (moved(ALTERNATE + 0x1010), MXCSR),
    "an FXSAVE image": (put("fpstate.sw_reserved.magic1", 0), MXCSR),
    "an FXSAVE image elsewhere": (moved(ALTERNATE + 0x1010), put("fpstate.sw_reserved.magic1", 0), MXCSR),
    "an FXSAVE image misaligned": (moved(ALTERNATE + 0x1008), put("fpstate.sw_reserved.magic1", 0), MXCSR),
    "a bad MXCSR": (put("fpstate.mxcsr", 0x8000_1F80),),
    "a bad MXCSR in an FXSAVE image": (put("fpstate.mxcsr", 0x8000_1F80), put("fpstate.sw_reserved.magic1", 0)),
    "a bad MXCSR that isn't wanted": (put("fpstate.mxcsr", 0x8000_1F80), put("fpstate.sw_reserved.xfeatures", 1)),
    "MXCSR": (MXCSR,),
    "the control word": (put("fpstate.cwd", 0x27F),),
    "xmm3": (put("fpstate.xmm3", 0x4242),),
    "nothing in use": (put("xstate_hdr.xfeatures", 0), MXCSR, put("fpstate.cwd", 0x27F)),
    "x87 in use": (put("xstate_hdr.xfeatures", 1), MXCSR, put("fpstate.cwd", 0x27F)),
    "SSE in use": (put("xstate_hdr.xfeatures", 2), MXCSR, put("fpstate.cwd", 0x27F)),
    "nothing wanted": (put("fpstate.sw_reserved.xfeatures", 0), MXCSR, put("fpstate.cwd", 0x27F)),
    "x87 wanted": (put("fpstate.sw_reserved.xfeatures", 1), MXCSR, put("fpstate.cwd", 0x27F)),
    "SSE wanted": (put("fpstate.sw_reserved.xfeatures", 2), MXCSR, put("fpstate.cwd", 0x27F)),
    "more wanted than there is": (put("fpstate.sw_reserved.xfeatures", 1 << 62 | 3), MXCSR),
    "more in use than there is": (put("xstate_hdr.xfeatures", 1 << 62 | 3),),
    "a compacted area that isn't": (("x", 520, 8, 1),),
    "a reserved word of the header": (("x", 528, 8, 1),),
    "the header's last words": (("x", 536, 8, 1), ("x", 568, 8, 1)),
    "sizes that are wrong": (
        put("fpstate.sw_reserved.extended_size", 1),
        put("fpstate.sw_reserved.xstate_size", 1),
        MXCSR,
    ),
    **{f"xstate_size {size}": (put(XSTATE_SIZE, size), *UNUSED) for size in (0, 575, 576, 577, 1000, 0x10000)},
    **{f"extended_size {size}": (put(EXTENDED, size), *UNUSED) for size in (0, 576, 580, 0x10000)},
    "xstate_size and the second magic behind it": (put(XSTATE_SIZE, 576), ("x", 576, 4, fpstate.MAGIC2), *UNUSED),
    "xstate_size 576, no magic at the end": (put(XSTATE_SIZE, 576), ("m", 0, 4, 7), *UNUSED),
    "bytes for software": (put("fpstate.sw_reserved.padding", 99), MXCSR),
    "another second magic": (("m", 0, 4, 7), MXCSR),
}


def edit(kernel: Kernel, frame: int, size: int, edits: tuple[Edit, ...]) -> None:
    """What the native handler does, with our memory."""
    memory = kernel.memory
    pointer = frame + CONTEXT["uc_mcontext.fpstate"]
    area = int.from_bytes(memory.copy_in(pointer, 8), "little")
    for what, offset, count, value in edits:
        if what == "c":
            memory.copy_out(offset, memory.copy_in(area, size + 4))
            memory.copy_out(pointer, offset.to_bytes(8, "little"))
            area = offset
        else:
            at = {"f": frame, "x": area, "m": area + size}[what] + offset
            memory.copy_out(at, value.to_bytes(8, "little")[:count])


@pytest.mark.parametrize("on_alternate", (False, True), ids=("normal", "alternate"))
@pytest.mark.parametrize("name", RETURNS)
def test_return_of_an_edited_frame(
    name: str, on_alternate: bool, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = RETURNS[name]
    given = Case(BREAK, flags=USUAL | (ONSTACK if on_alternate else 0), stack=int(on_alternate))
    first, _ = natively(program, Case(KILL, flags=given.flags, stack=given.stack))
    text = ",".join(f"{what}:{offset:x}:{count}:{value:x}" for what, offset, count, value in edits)
    native, pid = natively(program, given, f"-{text}")
    assert first is not None
    size = area_size(first)
    use_xsave_size(monkeypatch, size)
    kernel, registers = simulated(Case(KILL, flags=given.flags, stack=given.stack), first, pid, interrupted=pid)
    registers.rsp += 8
    edit(kernel, registers.rsp - 8, size, edits)
    registers.rax, registers.rip, registers.rcx, registers.r11 = 15, 0x5000, 0x5000, registers.rflags
    kernel.syscall(registers)
    fault = None
    if registers.rip != first.entry["rip"]:
        fault = {0: Fault(PF, 0x14, 0), CODE + 0x800: Fault(PF, 6, 0)}.get(registers.rip, Fault(3))
        if registers.rip >= 0x7FFF_FFFF_F000:
            fault = Fault(PF, 0x15 if registers.rip >> 63 else 0x14, registers.rip)
    if fault is not None:
        if fault.vector == PF:
            registers.rflags |= 0x10000
        elif fault == Fault(3):
            registers.rflags &= ~0x10000
            registers.rip += 1
        kernel.fault(registers, fault)
    if native is None:
        assert kernel.process.exit is not None
        return
    assert kernel.process.exit is None, [event.text for event in kernel.events]
    theirs, base = native.frame(), registers.rsp
    ours = {placed.path: placed.value for placed in FRAME.place(base, kernel.memory.copy_in(base, FRAME.size))}
    different = {path: (hex(theirs[path]), hex(ours[path])) for path in theirs if theirs[path] != ours[path]}
    assert different == {}
    assert {name: getattr(registers, name) for name in ENTRY} == native.entry
    area = theirs["uc_mcontext.fpstate"]
    assert native.bytes_at(area, 28) == kernel.memory.copy_in(area, 28)
    assert native.bytes_at(area + 32, 384) == kernel.memory.copy_in(area + 32, 384)


DEADLY = {
    "no SA_RESTORER": Case(KILL, flags=SIGINFO),
    "an alternate stack too small for a frame": Case(KILL, flags=USUAL | ONSTACK, stack=3),
    "a stack pointer in the kernel's half": Case("48c7c4000000ff" + KILL),
    "a non-canonical stack pointer": Case("48bc0000000000000080" + KILL),
    "a stack pointer of zero": Case("31e4" + KILL),
    "a read-only stack": Case("488da300800000" + KILL),
    "no room on the alternate stack": Case("48bc0002000022 2a0000" + KILL, flags=USUAL | ONSTACK, stack=1),
}  # fmt: skip


@pytest.mark.parametrize("name", DEADLY)
def test_a_frame_that_does_not_fit_kills(name: str, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = DEADLY[name]
    good, _ = natively(program, Case(KILL))
    assert good is not None
    use_xsave_size(monkeypatch, area_size(good))
    arguments = [f"{given.flags:x}", f"{given.mask:x}", str(given.stack), given.code.replace(" ", "")]
    assert subprocess.run([program, *arguments], stdout=subprocess.DEVNULL).returncode == -11
    memory = PageMemory()
    for base in (STACK, ALTERNATE):
        memory.map(base, SIZE)
    memory.map(CODE, SIZE, Protection.READ | Protection.EXECUTE)
    kernel = Kernel(LINUX, memory)
    kernel.process.actions[1:] = [Action(0x1000, given.flags, 0x2000, 0)] * 64
    if given.stack:
        kernel.thread.altstack = AltStack(ALTERNATE, 2048 if given.stack == 3 else SIZE)
    code = bytes.fromhex(given.code.partition(KILL)[0])
    rsp = {b"\x48\xc7": 0xFFFF_FFFF_FF00_0000, b"\x31\xe4": 0, b"\x48\x8d": CODE + 0x8000}.get(
        code[:2], STACK + 0x8000
    )
    if code[:2] == b"\x48\xbc":
        rsp = int.from_bytes(code[2:10], "little")
    registers = Registers(rax=LINUX.numbers["kill"], rdi=4242, rsi=10, rsp=rsp, cs=0x33, ss=0x2B)
    kernel.syscall(registers)
    assert kernel.process.exit is not None
    assert kernel.process.exit.signal == "SIGSEGV"
