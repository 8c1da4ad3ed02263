"""What the emulated computer takes for granted about Unicorn: if a release changes one, it says so here."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pytest
from unicorn import UC_ARCH_X86, UC_MODE_64, Uc, UcError
from unicorn import unicorn_const as uc_const
from unicorn import x86_const as x86

from emu import native
from emu.cpu import Stop
from emu.engine import RECORDED, Engine
from emu.mmu import AddressSpace
from emu.ram import PAGE
from kernel_stub.cpu import GENERAL, INDEX, Fault, Protection

DIVIDE = "xor ecx, ecx; div ecx"


def test_an_unforgotten_fault_makes_the_next_one_a_double_fault(
    guest: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    """Why `forget_fault` exists: drop it when this test fails."""
    machine = guest(DIVIDE)
    monkeypatch.setattr(Engine, "forget_fault", lambda self: 0)
    assert [machine.fault().vector for _ in range(2)] == [0, 8]


def test_the_saved_context_holds_the_last_fault_and_its_error_code(guest: Callable[..., Any]):
    machine = guest("mov [0x1000], eax")
    assert machine.fault() == Fault(14, 6, 0x1000)
    assert machine.cpu.engine.forget_fault() == 6  # still there; only the vector is cleared


def test_the_layout_of_the_context_is_found_and_not_written_down(
    guest: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    guest("nop")
    known = Engine._layout
    monkeypatch.setattr(Engine, "_layout", None)
    guest("nop")
    assert Engine._layout is not None and Engine._layout == known


def test_the_row_has_rcx_where_the_callback_looks_for_it():
    """hooks.s and the Python callback read RCX as the third word."""
    assert RECORDED[2] == "rcx" and RECORDED[: len(GENERAL)] == GENERAL
    assert RECORDED.index("rip") == INDEX["rip"]


def test_the_code_hook_comes_once_an_iteration_and_once_more_to_see_rcx_zero():
    """Why `again` in hooks.s looks at RCX."""
    engine, seen = Uc(UC_ARCH_X86, UC_MODE_64), []
    engine.mem_map(0x1000, PAGE)
    engine.mem_write(0x1000, b"\xf3\xa4\x90")
    for register, value in ((x86.UC_X86_REG_RCX, 3), (x86.UC_X86_REG_RSI, 0x1100), (x86.UC_X86_REG_RDI, 0x1200)):
        engine.reg_write(register, value)
    engine.hook_add(uc_const.UC_HOOK_CODE, lambda uc, address, *_: seen.append(address))
    engine.emu_start(0x1000, 0x1003)
    assert seen == [0x1000] * 4 + [0x1002]


@pytest.mark.parametrize("instruction", ["rdtsc", "rdtscp"])
def test_rdtsc_can_not_be_hooked_so_it_must_trap(instruction: str):
    engine = Uc(UC_ARCH_X86, UC_MODE_64)
    number = {"rdtsc": x86.UC_X86_INS_RDTSC, "rdtscp": x86.UC_X86_INS_RDTSCP}[instruction]
    with pytest.raises(UcError):
        engine.hook_add(uc_const.UC_HOOK_INSN, lambda *_: None, aux1=number)


def test_the_engine_does_not_see_code_that_the_host_writes(guest: Callable[..., Any]):
    """Why `changed` is called with True: drop the flush when this test fails."""
    machine = guest("mov eax, 1; syscall")
    machine.run()
    frame = machine.space._user(guest.CODE, 0)[0]
    machine.ram.view[frame + 1] = 2
    machine.start(rip=guest.CODE).run()
    assert machine.registers.rax == 1
    machine.cpu.invalidate(True)
    machine.start(rip=guest.CODE).run()
    assert machine.registers.rax == 2


def test_in_and_out_run_in_ring_3_and_sysenter_too_but_for_the_hooks():
    """The engine checks no I/O privilege: `in` calls its hook, and doesn't fault."""
    calls: list[int] = []
    engine = Uc(UC_ARCH_X86, UC_MODE_64)
    engine.mem_map(0x1000, PAGE)
    engine.mem_write(0x1000, b"\xec\x90")
    engine.hook_add(uc_const.UC_HOOK_INSN, lambda uc, port, size, _: calls.append(port) or 7, aux1=x86.UC_X86_INS_IN)
    engine.emu_start(0x1000, 0x1001)
    assert calls == [0] and engine.reg_read(x86.UC_X86_REG_AL) == 7


@pytest.mark.parametrize("code", ["rdrand eax", "rdseed eax", "rdrand rcx", "rdseed r9"])
def test_the_model_has_no_source_of_randomness(guest: Callable[..., Any], code: str):
    assert guest(code).fault() == Fault(6)


def test_two_engines_share_no_state(guest: Callable[..., Any]):
    one, two = guest("mov eax, 1; int3; syscall"), guest("mov eax, 2; syscall")
    assert one.run() is Stop.FAULT and two.run() is Stop.SYSCALL
    assert (one.registers.rax, two.registers.rax) == (1, 2)
    assert one.run() is Stop.SYSCALL
    assert (one.retired, two.retired) == (3, 2)


def test_cr3_switches_between_address_spaces(guest: Callable[..., Any]):
    machine = guest("mov eax, 1; syscall")
    machine.run()
    other = AddressSpace(machine.ram)
    other.map(guest.CODE, PAGE, Protection.READ | Protection.EXECUTE)
    other.poke(guest.CODE, bytes.fromhex("b802000000 0f05"))
    for space, expected in ((other, 2), (machine.space, 1), (other, 2)):
        machine.cpu.engine.use_tables(space.root)
        machine.start(rip=guest.CODE).run()
        assert machine.registers.rax == expected


def test_kernel_pages_are_mapped_but_not_for_users(guest: Callable[..., Any]):
    machine = guest("mov al, [rbx]").start(rbx=0xFFFF_8000_0000_0000)
    assert machine.fault() == Fault(14, 5, 0xFFFF_8000_0000_0000)


def test_the_shared_block_is_found_by_the_callbacks(guest: Callable[..., Any]):
    machine = guest("nop; nop; syscall")
    machine.run()
    data = machine.cpu.data
    assert (data.count, data.address, data.kind) == (3, guest.CODE + 2, native.SYSCALL)
    assert ctypes.addressof(machine.cpu.engine.kept) == data.values


def test_a_block_that_changes_itself_forgets_the_flags_set_just_before(guest: Callable[..., Any]):
    """A known gap: the engine attempts the store anew with flags that it has lost. In steps all is right."""

    def carry(limit: int | None) -> int:
        machine = guest("add rax, rdx; mov byte ptr [rbx], 0x90; setb cl; nop; int3", writable_code=True)
        machine.start(rdx=3, rbx=guest.CODE + len(machine.code) - 2)
        while machine.run(limit) is Stop.LIMIT:
            pass
        return int(machine.registers.rcx)

    assert (carry(None), carry(1)) == (1, 0)


def test_interrupt_6_comes_as_an_undefined_instruction(guest: Callable[..., Any]):
    """Why `Cpu` looks for CD 06 there."""
    machine = guest("int 6")
    machine.fault()
    assert machine.cpu.data.kind == 6 and machine.cpu.data.address == guest.CODE
