"""Exceptions that the engine doesn't know, in every way of running, and that looking for them costs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emu.cpu import Stop
from emu.sites import Sites
from kernel_stub.cpu import Fault
from tests.emu.test_positions import check_every_way

AC_ON = "push 0x40202; popfq"
UNMASK = "push 0; ldmxcsr [rsp]; mov eax, 0x3f800000; movd xmm0, eax; xorps xmm1, xmm1"

PROGRAMS = {  # source, instructions that retire, the fault
    "a misaligned load": (f"{AC_ON}; nop; mov eax, [rsi + 1]; int3", 3, Fault(17)),
    "an aligned load": (f"{AC_ON}; mov eax, [rsi + 4]; int3", 4, Fault(3)),
    "a misaligned load behind AC": (f"{AC_ON}; push 0x202; popfq; mov eax, [rsi + 1]; int3", 6, Fault(3)),
    "in a loop": (f"mov ecx, 4; {AC_ON}; l: mov ax, [rsi + rcx * 2 - 3]; inc rsi; loop l; int3", 3, Fault(17)),
    "a string's second word": (f"{AC_ON}; mov ecx, 3; inc rdi; inc rsi; rep movsb; int3", 9, Fault(3)),
    "rep movsw": (f"{AC_ON}; mov ecx, 3; inc rsi; rep movsw; int3", 4, Fault(17)),
    "AC from IRETQ": (
        "mov rcx, rsp; push 0x2b; push rcx; push 0x40202; push 0x33; lea rax, [rip + 3]; push rax; iretq; "
        "mov eax, [rsi + 2]; int3", 8, Fault(17)
    ),
    "a misaligned MOVAPS while AC is set": (f"{AC_ON}; movaps xmm0, [rsi + 4]; int3", 2, Fault(13)),
    "bits that MXCSR doesn't have": ("push 0x10000; nop; ldmxcsr [rsp]; int3", 2, Fault(13)),
    "LDMXCSR of what there is": ("push 0x1f80; l: ldmxcsr [rsp]; int3", 3, Fault(3)),
    "LDMXCSR in a loop": ("push 0x1f80; mov ecx, 5; l: ldmxcsr [rsp]; loop l; int3", 2 + 10 + 1, Fault(3)),
    "LDMXCSR from nowhere": ("nop; ldmxcsr [0]; int3", 1, Fault(14, 4)),
    "a division by zero": (f"{UNMASK}; divss xmm0, xmm1; int3", 5, Fault(19)),
    "one at a distance": (f"{UNMASK}; mov ecx, 3; l: inc eax; loop l; divss xmm0, xmm1", 12, Fault(19)),
    "masked again": (f"{UNMASK}; push 0x1f80; ldmxcsr [rsp]; divss xmm0, xmm1; int3", 9, Fault(3)),
    "an operand that isn't there": (f"{UNMASK}; divss xmm0, [0]; int3", 5, Fault(14, 4)),
    "x87": ("push 0x37b; fldcw [rsp]; fld1; fldz; fdivp; nop; fwait; int3", 6, Fault(16)),
    "x87, found by a load": ("push 0x37e; fldcw [rsp]; fldz; fldz; fdivp; fnstsw ax; fld1", 6, Fault(16)),
    "x87, cleared": ("push 0x37e; fldcw [rsp]; fldz; fldz; fdivp; fnclex; fwait; int3", 8, Fault(3)),
    "x87, masked again": ("push 0x37e; fldcw [rsp]; fld1; push 0x37f; fldcw [rsp]; fldz; fdivp; int3", 8, Fault(3)),
    "SYSCALL in between": (f"{AC_ON}; syscall; mov al, [rsi + 1]; mov [rsi + 1], ax; int3", 4, Fault(17)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_way_of_running_agrees(guest: Callable[..., Any], name: str):
    code, retired, fault = PROGRAMS[name]
    reference = check_every_way(lambda **options: guest(code, **options))
    assert (reference.last, reference.fault and reference.fault[0]) == (retired, fault)


def test_a_faulting_instruction_can_be_run_again(guest: Callable[..., Any]):
    machine = guest(f"{AC_ON}; mov eax, [rsi + 1]; int3")
    for _ in range(3):
        assert machine.fault() == Fault(17)
        assert machine.retired == 2
    machine.registers.rflags &= ~0x40000
    assert machine.fault() == Fault(3)
    assert machine.retired == 4


FOUND = {
    "9d": [0], "669d": [0, 1], "48cf": [0, 1], "d928": [0], "41d96d00": [0, 1], "d92424": [0], "dd6508": [0],
    "0fae10": [0], "410fae10": [0, 1], "0fae0e": [0], "480fae2f": [0, 1], "64660fae1425": [0, 1, 2],
    "0fae0fae28": [0, 2], "d9d92c24": [1],
    "0fae18": [], "0faee8": [], "0faed0": [], "d930": [], "d9e8": [], "dd20": [0], "dd30": [], "90": [], "0f05": [],
}  # fmt: skip


class Page:
    """One page of code, and nothing around it."""

    def __init__(self, code: bytes) -> None:
        self._code = code

    def code_at(self, address: int, size: int) -> bytes:
        return self._code[:size] if address == 0x1000 else b""


@pytest.mark.parametrize("code", FOUND)
def test_where_checks_may_begin_to_be_needed(code: str):
    sites = Sites()
    sites.scan(Page(bytes.fromhex(code)), [0x1000])
    assert [at for at in range(16) if 0x1000 + at in sites] == FOUND[code]
    assert bool(sites.address) == bool(FOUND[code])


def test_an_instruction_across_two_pages_is_found_whichever_comes_first(guest: Callable[..., Any]):
    for order in ((0, 1), (1, 0)):
        pages = (b"\x90" * 4095 + b"\x0f", b"\xae\x14\x24\xcc" + b"\x90" * 4092)
        machine = guest(b"")
        for part in order:
            machine.space.poke(machine.CODE + 4096 * part, pages[part])
            machine.run(0)
        machine.space.poke(machine.registers.rsp, b"\0\0\1\0")
        assert machine.fault() == Fault(13)
        assert machine.retired == 4095


def test_a_program_without_such_an_instruction_is_never_looked_at(guest: Callable[..., Any], monkeypatch: Any):
    machine = guest("mov ecx, 5; l: mov [rsi + 1], rcx; movups xmm0, [rsi + 1]; loop l; int3")
    monkeypatch.setattr(machine.cpu, "_checked_step", None)
    assert machine.run() is Stop.FAULT
    assert machine.cpu.data.sites is None


def test_the_destination_stays_and_mxcsr_tells_why(guest: Callable[..., Any]):
    machine = guest(f"{UNMASK}; divss xmm0, xmm1")
    assert machine.fault() == Fault(19)
    image = machine.cpu.engine.fpu.load()
    assert (image[160:164].hex(), image[24]) == ("0000803f", 0x04)


def test_masked_exceptions_are_flagged_while_others_are_not_masked(guest: Callable[..., Any]):
    machine = guest("push 0x1d80; ldmxcsr [rsp]; mov eax, 3; cvtsi2ss xmm0, eax; sqrtss xmm0, xmm0; int3")
    assert machine.fault() == Fault(3)
    assert machine.cpu.engine.fpu.load()[24] == 0xA0  # precision, and a mask


def test_a_handler_that_masks_them_again_ends_the_checks(guest: Callable[..., Any], monkeypatch: Any):
    machine = guest(f"{UNMASK}; divss xmm0, xmm1; addss xmm0, xmm0; int3")
    assert machine.fault() == Fault(19)
    fpu = machine.cpu.engine.fpu
    image = bytearray(fpu.load())
    image[24:26] = (0x1F80).to_bytes(2, "little")
    fpu.store(bytes(image))
    monkeypatch.setattr(machine.cpu, "_checked_step", None)
    assert machine.fault() == Fault(3)
    assert machine.retired == 5 + 2 + 1


def test_an_x87_instruction_with_an_exception_leaves_its_operands(guest: Callable[..., Any]):
    machine = guest("push 0x37b; fldcw [rsp]; fld1; fldz; fdivp; fwait")
    machine.run(4)
    before = machine.cpu.engine.fpu.load()
    assert machine.fault() == Fault(16)
    after = machine.cpu.engine.fpu.load()
    assert after[32:160] == before[32:160]
    assert int.from_bytes(after[2:4], "little") == int.from_bytes(before[2:4], "little") | 0x8084
