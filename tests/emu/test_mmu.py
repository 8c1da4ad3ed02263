"""Page tables that the CPU walks, the faults they cause, and the kernel's own access to user memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emu.cpu import Stop
from emu.mmu import ACCESSED, DIRTY, KERNEL_BASE, USER_END, AddressSpace
from emu.ram import PAGE, Ram
from kernel_stub.cpu import BadAddress, Fault, Protection

BASE = 0x10_0000
NONE, READ, WRITE, EXECUTE = Protection.NONE, Protection.READ, Protection.WRITE, Protection.EXECUTE
RW, RX = READ | WRITE, READ | EXECUTE
PRESENT, WRITING, USER, FETCHING = 1, 2, 4, 16  # of a page fault's error code
HOLE = 0x50_0000  # nothing is mapped around it
KERNEL = KERNEL_BASE  # a supervisor page of the CPU's own tables
TOP = 1 << 64


@pytest.fixture
def space() -> AddressSpace:
    """Two writable pages, a hole, a read-only page, a page without access."""
    made = AddressSpace(Ram(1 << 20))
    made.map(BASE, 2 * PAGE, RW)
    made.map(BASE + 3 * PAGE, PAGE, READ)
    made.map(BASE + 4 * PAGE, PAGE, NONE)
    return made


# Page faults of the CPU


@pytest.mark.parametrize(
    ("code", "rbx", "error_code", "address"),
    [
        ("mov al, [rbx]", HOLE, USER, HOLE),
        ("mov [rbx], al", HOLE, USER | WRITING, HOLE),
        ("add [rbx], al", HOLE, USER | WRITING, HOLE),
        ("jmp rbx", HOLE, USER | FETCHING, HOLE),
        ("mov al, [rbx]", 0, USER, 0),
        ("mov [rbx], al", 0x400000, PRESENT | USER | WRITING, 0x400000),  # read-only code
        ("jmp rbx", 0x600000, PRESENT | USER | FETCHING, 0x600000),  # data that is not code
        ("mov al, [rbx]", KERNEL, PRESENT | USER, KERNEL),
        ("mov [rbx], al", KERNEL, PRESENT | USER | WRITING, KERNEL),
        ("jmp rbx", KERNEL + 2 * PAGE, PRESENT | USER | FETCHING, KERNEL + 2 * PAGE),
        ("mov al, [rbx]", TOP - 1, USER, TOP - 1),
        ("mov al, [rbx]", USER_END, USER, USER_END),
        ("mov rax, [rbx]", 0x604000 - 4, USER, 0x604000),  # CR2 is the first byte of the second page
        ("mov [rbx], rax", 0x604000 - 1, USER | WRITING, 0x604000),
        ("mov rax, [rbx]", 0x600000 - 4, USER, 0x600000 - 4),
        ("movups xmm0, [rbx]", 0x604000 - 15, USER, 0x604000),
        ("push qword ptr [rbx]", HOLE + 5, USER, HOLE + 5),
        ("cmpxchg [rbx], ecx", HOLE, USER | WRITING, HOLE),
        ("cmp [rbx], ecx", HOLE, USER, HOLE),
    ],
)
def test_a_page_fault_tells_why_and_where(
    guest: Callable[..., Any], code: str, rbx: int, error_code: int, address: int
):
    machine = guest(code).start(rbx=rbx)
    assert machine.fault() == Fault(14, error_code, address)
    assert machine.registers.rip == (rbx if error_code & FETCHING else guest.CODE)


def test_no_access_pages_fault_as_not_present(guest: Callable[..., Any]):
    machine = guest("mov al, [rsi]")
    machine.space.protect(guest.DATA, PAGE, NONE)
    assert machine.fault() == Fault(14, USER, guest.DATA)
    machine.space.protect(guest.DATA, PAGE, READ)
    assert machine.run() is Stop.FAULT and machine.at == 2  # it read, and went on into the padding


def test_an_instruction_that_crosses_into_an_unmapped_page_faults_at_the_second_page(guest: Callable[..., Any]):
    machine = guest("nop")
    end = guest.CODE + 2 * PAGE
    machine.space.poke(end - 2, b"\xb8\x01")  # mov eax, imm32 needs three bytes more
    assert machine.start(rip=end - 2).fault() == Fault(14, USER | FETCHING, end)
    assert (machine.registers.rip, machine.retired) == (end - 2, 0)


def test_an_instruction_that_crosses_pages_runs(guest: Callable[..., Any]):
    machine = guest("nop")
    machine.space.poke(guest.CODE + PAGE - 2, bytes.fromhex("b878563412 0f05"))
    assert machine.start(rip=guest.CODE + PAGE - 2).run() is Stop.SYSCALL
    assert machine.registers.rax == 0x12345678


@pytest.mark.parametrize("address", [1 << 47, 1 << 63, (1 << 64) - (1 << 47) - 1])
def test_a_non_canonical_address_is_a_protection_fault(guest: Callable[..., Any], address: int):
    assert guest("mov al, [rbx]").start(rbx=address).fault() == Fault(13)


def test_the_cpu_marks_pages_accessed_and_dirty(guest: Callable[..., Any]):
    machine = guest("mov al, [rsi]; mov [rdi], al; syscall")
    entries = [machine.space._entry(a) for a in (guest.DATA, guest.DATA + PAGE, guest.DATA + 2 * PAGE)]
    bits = lambda: [machine.space._read(e) & (ACCESSED | DIRTY) for e in entries]  # noqa: E731
    assert bits() == [0, 0, 0]
    machine.run(1)
    assert bits() == [ACCESSED, 0, 0]
    machine.run()
    assert bits() == [ACCESSED, ACCESSED | DIRTY, 0]


def test_kernel_copies_mark_pages_accessed_and_dirty(space: AddressSpace):
    bits = lambda a: space._read(space._entry(a)) & (ACCESSED | DIRTY)  # noqa: E731
    space.copy_in(BASE, 1)
    assert (bits(BASE), bits(BASE + PAGE)) == (ACCESSED, 0)
    space.copy_out(BASE + PAGE, b"x")
    assert bits(BASE + PAGE) == ACCESSED | DIRTY


def test_looking_at_code_marks_no_page_and_the_kernels_next_copy_does(space: AddressSpace):
    bits = lambda a: space._read(space._entry(a)) & (ACCESSED | DIRTY)  # noqa: E731
    assert len(space.code_at(BASE + PAGE - 4, 8)) == 8
    assert (bits(BASE), bits(BASE + PAGE)) == (0, 0)
    space.copy_in(BASE, 1)
    assert (bits(BASE), bits(BASE + PAGE)) == (ACCESSED, 0)


def test_an_unmapped_page_is_gone_at_once(guest: Callable[..., Any]):
    machine = guest("again: mov al, [rsi]; jmp again")
    assert machine.run(5) is Stop.LIMIT
    machine.space.unmap(guest.DATA, PAGE)
    assert machine.fault() == Fault(14, USER, guest.DATA)


def test_a_protected_page_is_read_only_at_once(guest: Callable[..., Any]):
    machine = guest("again: mov [rsi], al; jmp again")
    assert machine.run(5) is Stop.LIMIT
    machine.space.protect(guest.DATA, PAGE, READ)
    assert machine.fault() == Fault(14, PRESENT | USER | WRITING, guest.DATA)
    machine.space.protect(guest.DATA, PAGE, RW)
    assert machine.run(5) is Stop.LIMIT


def test_a_page_mapped_anew_is_zero_and_seen_at_once(guest: Callable[..., Any]):
    machine = guest("again: mov eax, [rsi]; jmp again")
    machine.space.copy_out(guest.DATA, b"\x07")
    machine.run(1)
    assert machine.registers.rax == 7
    machine.space.unmap(guest.DATA, PAGE)
    machine.space.map(guest.DATA, PAGE, RW)
    machine.run(2)
    assert machine.registers.rax == 0


def test_unmapped_code_does_not_run_on_from_the_engines_cache(guest: Callable[..., Any]):
    machine = guest("again: inc eax; jmp again")
    assert machine.run(8) is Stop.LIMIT
    machine.space.unmap(guest.CODE, PAGE)
    assert machine.fault() == Fault(14, USER | FETCHING, guest.CODE)
    machine.space.map(guest.CODE, PAGE, RX)
    machine.space.poke(guest.CODE, bytes.fromhex("0f05"))
    assert machine.run() is Stop.SYSCALL


def test_code_that_loses_its_execute_permission_stops(guest: Callable[..., Any]):
    machine = guest("again: inc eax; jmp again")
    machine.run(4)
    machine.space.protect(guest.CODE, 2 * PAGE, READ)
    assert machine.fault() == Fault(14, PRESENT | USER | FETCHING, guest.CODE)


@pytest.mark.parametrize("how", ["poke", "copy_out"])
def test_changed_code_is_executed_afresh(guest: Callable[..., Any], how: str):
    machine = guest("mov eax, 1; syscall", writable_code=True)
    for value in (1, 2, 3):
        getattr(machine.space, how)(guest.CODE + 1, bytes([value]))
        machine.start(rip=guest.CODE).run()
        assert machine.registers.rax == value


def test_code_written_into_data_that_becomes_code_is_executed_afresh(guest: Callable[..., Any]):
    """What a dynamic linker or a JIT does: write, mprotect, run, and over again."""
    machine = guest("nop")
    for value in (1, 2, 3):
        machine.space.protect(guest.DATA, PAGE, RW)
        machine.space.copy_out(guest.DATA, b"\xb8" + value.to_bytes(4, "little") + b"\x0f\x05")
        machine.space.protect(guest.DATA, PAGE, RX)
        machine.start(rip=guest.DATA).run()
        assert machine.registers.rax == value


def test_a_guest_may_change_its_own_code(guest: Callable[..., Any]):
    source = "again: mov eax, 1; inc byte ptr [rbx]; cmp eax, 5; jne again; syscall"
    machine = guest(source, writable_code=True).start(rbx=guest.CODE + 1)
    assert machine.run() is Stop.SYSCALL
    assert (machine.registers.rax, machine.retired) == (5, 5 * 4 + 1)


def test_a_guest_may_change_the_instruction_that_comes_next(guest: Callable[..., Any]):
    machine = guest("mov byte ptr [rbx], 0x40; .byte 0x90; inc eax; syscall", writable_code=True)
    machine.start(rbx=guest.CODE + 3)
    assert machine.run() is Stop.SYSCALL
    assert (machine.registers.rax, machine.retired) == (1, 3)  # nop became REX, a prefix


# The kernel's access


@pytest.mark.parametrize(
    ("address", "size", "bad"),
    [
        (BASE, 2 * PAGE + 1, BASE + 2 * PAGE),
        (BASE + 5, 1 << 40, BASE + 2 * PAGE),
        (BASE - 1, 2, BASE - 1),
        (BASE + 2 * PAGE, 1, BASE + 2 * PAGE),
        (BASE + 3 * PAGE, PAGE + 1, BASE + 4 * PAGE),  # no access
        (BASE + 4 * PAGE + 7, 1, BASE + 4 * PAGE + 7),
        (0, 1, 0),
        (USER_END - 1, 1, USER_END - 1),
        (USER_END, 8, USER_END),
        (1 << 47, 1, 1 << 47),
        (1 << 63, 1, 1 << 63),
        (KERNEL, 1, KERNEL),
        (TOP - 1, 1, TOP - 1),
        (TOP - 1, 2, TOP - 1),
        (TOP - PAGE, 1 << 64, TOP - PAGE),
    ],
)
def test_copy_in_names_the_first_bad_byte(space: AddressSpace, address: int, size: int, bad: int):
    with pytest.raises(BadAddress) as caught:
        space.copy_in(address, size)
    assert caught.value.address == bad


@pytest.mark.parametrize(
    ("address", "size", "bad"),
    [
        (BASE + 2 * PAGE - 3, 5, BASE + 2 * PAGE),
        (BASE + PAGE - 3, PAGE + 5, BASE + 2 * PAGE),
        (BASE + 3 * PAGE, 1, BASE + 3 * PAGE),  # read-only
        (BASE + 3 * PAGE - 1, 2, BASE + 3 * PAGE - 1),
        (BASE + 4 * PAGE, 1, BASE + 4 * PAGE),
        (USER_END, 1, USER_END),
        (1 << 63, 3, 1 << 63),
        (KERNEL, 3, KERNEL),
        (TOP - 1, 3, TOP - 1),
    ],
)
def test_copy_out_names_the_first_bad_byte_and_wrote_the_ones_before(
    space: AddressSpace, address: int, size: int, bad: int
):
    with pytest.raises(BadAddress) as caught:
        space.copy_out(address, b"x" * size)
    assert caught.value.address == bad
    if bad > address:
        assert space.copy_in(address, bad - address) == b"x" * (bad - address)


@pytest.mark.parametrize("address", [BASE, BASE + 2 * PAGE, 0, USER_END, 1 << 63, KERNEL, TOP - 1])
def test_nothing_can_be_copied_anywhere(space: AddressSpace, address: int):
    assert space.copy_in(address, 0) == b""
    space.copy_out(address, b"")


def test_copies_cross_pages(space: AddressSpace):
    data = bytes(range(256)) * 20
    space.copy_out(BASE + 100, data)
    assert space.copy_in(BASE + 100, len(data)) == data
    assert space.copy_in(BASE + PAGE - 1, 2) == data[PAGE - 101 : PAGE - 99]


def test_poke_writes_read_only_pages_but_no_holes(space: AddressSpace):
    space.poke(BASE + 3 * PAGE, b"rom")
    assert space.copy_in(BASE + 3 * PAGE, 3) == b"rom"
    with pytest.raises(BadAddress) as caught:
        space.poke(BASE + 2 * PAGE - 1, b"ab")
    assert caught.value.address == BASE + 2 * PAGE


def test_code_at_ends_where_the_memory_does(space: AddressSpace):
    space.copy_out(BASE + 2 * PAGE - 2, b"ab")
    assert space.code_at(BASE + 2 * PAGE - 2) == b"ab"
    assert space.code_at(BASE + 2 * PAGE) == space.code_at(TOP - 1) == space.code_at(KERNEL) == b""


# Mappings


@pytest.mark.parametrize("protection", [NONE, READ, RW, RX, RW | EXECUTE])
def test_protection_is_what_was_asked_for(space: AddressSpace, protection: Protection):
    space.map(BASE, PAGE, protection)
    assert space.protection(BASE) == space.protection(BASE + PAGE - 1) == protection


@pytest.mark.parametrize("address", [BASE + 2 * PAGE, 0, USER_END, 1 << 63, KERNEL, TOP - 1])
def test_nothing_is_mapped_in_holes_and_in_the_kernels_half(space: AddressSpace, address: int):
    assert space.protection(address) is None


def test_write_only_can_be_read_as_on_every_x86(space: AddressSpace):
    space.map(BASE, PAGE, WRITE)
    assert space.copy_in(BASE, 1) == b"\0"


def test_mapping_over_a_page_keeps_its_bytes(space: AddressSpace):
    space.copy_out(BASE, b"kept")
    space.map(BASE, PAGE, READ)
    assert (space.copy_in(BASE, 4), space.protection(BASE)) == (b"kept", READ)


def test_protect_passes_over_holes(space: AddressSpace):
    space.protect(BASE, 4 * PAGE, READ)
    found = [space.protection(BASE + i * PAGE) for i in range(4)]
    assert found == [READ, READ, None, READ]


def test_moved_pages_take_bytes_and_protection_along(guest: Callable[..., Any]):
    machine = guest("again: mov al, [rsi]; jmp again")
    machine.run(4)
    space, target = machine.space, 0x900_0000_0000
    space.copy_out(guest.DATA, b"\x05")
    space.move(guest.DATA, target, PAGE)
    assert (space.copy_in(target, 1), space.protection(target), space.protection(guest.DATA)) == (b"\x05", RW, None)
    assert machine.fault() == Fault(14, USER, guest.DATA)
    assert machine.start(rsi=target).run(2) is Stop.LIMIT
    assert machine.registers.rax == 5
    assert space.virtual(space._user(target, 0)[0]) == target


def test_moved_code_runs_where_it_went(guest: Callable[..., Any]):
    machine = guest("mov eax, 1; syscall")
    machine.run()
    machine.space.move(guest.CODE, 0x900_0000_0000, 2 * PAGE)
    assert machine.start(rip=0x900_0000_0000, rax=0).run() is Stop.SYSCALL
    assert machine.registers.rax == 1
    assert machine.start(rip=guest.CODE).fault() == Fault(14, USER | FETCHING, guest.CODE)


def test_the_pager_is_asked_before_the_kernel_refuses(space: AddressSpace):
    asked = []

    def pager(address: int, wanted: Protection) -> bool:
        asked.append((address, wanted))
        if address < BASE + 2 * PAGE or address >= BASE + 3 * PAGE:
            return False
        space.map(BASE + 2 * PAGE, PAGE, RW)
        return True

    space.pager = pager
    space.copy_out(BASE + 2 * PAGE - 1, b"ab")
    assert space.copy_in(BASE + 2 * PAGE - 1, 2) == b"ab"
    with pytest.raises(BadAddress):
        space.copy_out(BASE + 3 * PAGE, b"x")
    assert asked == [(BASE + 2 * PAGE, WRITE), (BASE + 3 * PAGE, WRITE)]


def test_protection_survives_no_access(space: AddressSpace):
    space.copy_out(BASE, b"kept")
    space.protect(BASE, PAGE, NONE)
    space.protect(BASE, PAGE, RW)
    assert space.copy_in(BASE, 4) == b"kept"


def test_unmap_passes_over_holes_and_gives_frames_back(space: AddressSpace):
    before = len(space.ram._free)
    space.unmap(BASE - 16 * PAGE, 64 * PAGE)
    assert len(space.ram._free) - before == 4
    assert space.protection(BASE) is None


@pytest.mark.parametrize(
    ("address", "size"), [(1, PAGE), (PAGE, 1), (-PAGE, PAGE), (USER_END, PAGE), (USER_END - PAGE, 2 * PAGE)]
)
def test_only_whole_user_pages_can_be_mapped(space: AddressSpace, address: int, size: int):
    for change in (space.map, space.protect):
        with pytest.raises(ValueError):
            change(address, size, RW)
    with pytest.raises(ValueError):
        space.unmap(address, size)


def test_the_last_user_page_can_be_mapped(space: AddressSpace):
    space.map(USER_END - PAGE, PAGE, RW)
    space.copy_out(USER_END - 1, b"!")
    assert space.copy_in(USER_END - 1, 1) == b"!"


def test_physical_addresses_lead_back_to_virtual_ones(space: AddressSpace):
    frame = space._user(BASE + PAGE, 0)[0]
    assert space.virtual(frame + 5) == BASE + PAGE + 5


def test_full_ram_is_a_memory_error_and_what_is_mapped_stays_usable():
    space = AddressSpace(Ram(16 * PAGE))
    with pytest.raises(MemoryError, match="guest RAM"):
        space.map(BASE, 64 * PAGE, RW)
    space.copy_out(BASE, b"x")
    assert space.copy_in(BASE, 1) == b"x"
