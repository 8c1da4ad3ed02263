"""The callbacks in machine code are what their source says, and do what the Python ones do."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asm import intel
from asm.linker import link
from emu import native
from emu.recorder import Recorder

SOURCE = Path(native.__file__).with_name("hooks.s")
LABELS = {"cpuid": "cpuid_", "sysenter": "sysenter_"}  # a mnemonic can't be a label
needs_native = pytest.mark.skipif(native._executable_page() is None, reason="this host runs no native callbacks")


def test_the_machine_code_is_its_source_assembled():
    program = link([intel.assemble(str(SOURCE), SOURCE.read_text())], base=0x10000)
    (segment,) = program.segments
    assert segment.data == native.CODE
    offsets = {n: program.find(LABELS.get(n, n)).address - 0x10000 for n in native.ENTRIES}
    assert offsets == native.ENTRIES


def test_the_source_names_the_fields_where_they_are():
    """The head of hooks.s lists every field of HookData with its displacement."""
    head = SOURCE.read_text().partition(".intel_syntax")[0]
    names = {"ids": "register ids", "pointers": "value pointers"}
    for name, _type in native.HookData._fields_:
        offset = getattr(native.HookData, name).offset
        assert f"0x{offset:02x} {names.get(name, name)}" in head, name
    assert ctypes.sizeof(native.Access) == 0x20


ALL, LOW = (1 << 64) - 1, (1 << 32) - 1


@pytest.mark.parametrize(
    ("code", "mask"),
    [
        ("f3a4", ALL),  # rep movsb
        ("f348a5", ALL),  # rep movsq
        ("f366ab", ALL),  # rep stosw, prefixes either way round
        ("66f3ab", ALL),
        ("67f3a4", LOW),  # counts in ECX
        ("f367a4", LOW),
        ("f2ae", ALL),  # repne scasb
        ("f3a6", ALL),  # repe cmpsb
        ("64f3ac", ALL),  # rep lodsb fs:
        ("f36c", ALL),  # rep insb
        ("f26f", ALL),  # repne outsd
        ("a4", 0),  # movsb alone
        ("ebfe", 0),  # a jump to itself
        ("f390", 0),  # pause
        ("f3c3", 0),  # rep ret
        ("f3a8", 0),  # rep test al, imm8 is no string instruction
        ("f30fb8c1", 0),  # popcnt
        ("e2fe", 0),  # loop
        ("", 0),
        ("f3", 0),
    ],
)
def test_which_instructions_repeat(code: str, mask: int):
    assert native.repeat_mask(bytes.fromhex(code)) == mask


FRAGMENTS = (
    "inc eax", "add rbx, rax", "mov [rsi + 8], rbx", "mov rcx, [rsi]", "push rax; pop rdx", "movsb", "lodsq",
    "mov ecx, 3; rep movsb", "xor ecx, ecx; rep stosq", "mov ecx, 2; repe cmpsb", "mov ecx, 4; repne scasb",
    "xadd [rdi], eax", "mov ecx, 2; .byte 0xf3, 0xa4", "mov rcx, 0x100000002; .byte 0x67, 0xf3, 0xaa",
    "movups xmm0, [rsi + 1]; movups [rdi], xmm0", "fxsave [rsi + 512]", "cpuid", "rdtsc", "syscall", "ud2",
    "int3", "in al, dx", "out dx, eax", "insb", "sysenter", "int 0x80", "mov eax, [0]", "hlt", "cmpxchg [rsi], ecx",
    "mov ecx, 2; loop_{n}: dec ecx; jnz loop_{n}", "mov ecx, 3; self_{n}: loop self_{n}", "idiv rcx",
)  # fmt: skip


def program(seed: int) -> str:
    """A random run of fragments that ends in a system call."""
    source = random.Random(seed)
    chosen = [source.choice(FRAGMENTS).replace("{n}", str(n)) for n in range(source.randrange(3, 9))]
    return "; ".join((*chosen, "syscall"))


def trace(make: Callable[..., Any], code: str, *, native_callbacks: bool, memory: bool, capacity: int) -> list[Any]:
    """Everything that can be seen of a run: stops, counts, registers, rows, accesses."""
    guest = make(code, native_callbacks=native_callbacks)
    recorder, seen = Recorder(capacity, memory=memory), []
    for _ in range(12):
        stop = recorder.run(guest.cpu, 40)
        accesses = [(a.count, a.address, a.value, a.type, a.size) for a in recorder.accesses]
        seen.append((stop, guest.retired, guest.state(), guest.cpu.fault, list(recorder.rows), accesses))
        guest.registers.rip += len(b"\x0f\x0b") if stop == 3 else 0  # somewhere behind a fault
    return seen


@needs_native
@pytest.mark.parametrize("seed", range(24))
def test_native_and_python_callbacks_give_identical_runs(guest: Callable[..., Any], seed: int):
    options: dict[str, Any] = {"memory": bool(seed % 3), "capacity": (1, 5, 100)[seed % 3]}
    runs = [trace(guest, program(seed), native_callbacks=which, **options) for which in (True, False)]
    assert runs[0] == runs[1]


def test_a_host_that_forbids_executable_memory_gets_the_python_callbacks(
    guest: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    real = native.mmap.mmap

    def refuse(*arguments: Any, prot: int = 3, **options: Any) -> Any:
        if prot & native.mmap.PROT_EXEC:
            raise PermissionError("no page may be writable and executable")
        return real(*arguments, prot=prot, **options)

    monkeypatch.setattr(native.mmap, "mmap", refuse)
    assert native._executable_page() is None
    made = guest("mov eax, 5; syscall")
    assert (made.run(), made.retired, made.registers.rax) == (2, 2, 5)
