"""Address spaces that are copies of each other: whose page a write reaches, what the processor sees of that, and
which frames are in use (mm/memory.c:copy_present_ptes, do_wp_page)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emu.cpu import Stop
from emu.mmu import AddressSpace
from emu.page_tables import ACCESSED, COPY, DIRTY, WRITABLE, entry
from emu.ram import PAGE, Ram
from kernel_stub.cpu import Fault, Protection

BASE = 0x10_0000
READ, WRITE, EXECUTE = Protection.READ, Protection.WRITE, Protection.EXECUTE
RW, RX = READ | WRITE, READ | EXECUTE
PRESENT, WRITING, USER = 1, 2, 4  # of a page fault's error code


@pytest.fixture
def space() -> AddressSpace:
    """Three writable pages, a read-only one, one without access; each starts with its own number."""
    made = AddressSpace(Ram(1 << 20))
    for number, protection in enumerate((RW, RW, RW, READ, Protection.NONE)):
        made.map(BASE + number * PAGE, PAGE, RW)
        made.poke(BASE + number * PAGE, bytes([number]))
        made.protect(BASE + number * PAGE, PAGE, protection)
    return made


def bits(space: AddressSpace, address: int) -> int:
    return space.ram.words[entry(space.ram, space.root, address) >> 3]


# The kernel's own access


def test_a_copy_has_the_same_bytes_in_the_same_frames(space: AddressSpace):
    frames = [space.frame(BASE + number * PAGE) for number in range(5)]
    space.use(space.fork())
    assert [space.frame(BASE + number * PAGE) for number in range(5)] == frames
    assert space.copy_in(BASE, 1) + space.copy_in(BASE + 3 * PAGE, 1) == b"\0\3"


def test_protections_are_those_of_before(space: AddressSpace):
    parent, child = space.root, space.fork()
    for root in (parent, child):
        space.use(root)
        found = [space.protection(BASE + number * PAGE) for number in range(6)]
        assert found == [RW, RW, RW, READ, Protection.NONE, None]


@pytest.mark.parametrize("writer", ["parent", "child"])
def test_who_writes_first_gets_a_copy(space: AddressSpace, writer: str):
    roots = {"parent": space.root, "child": space.fork()}
    other = roots["child" if writer == "parent" else "parent"]
    space.use(roots[writer])
    assert space.unshare(BASE) and not space.unshare(BASE)
    space.copy_out(BASE, b"mine")
    space.use(other)
    assert space.copy_in(BASE, 4) == bytes(4)
    frame = space.frame(BASE)
    assert space.unshare(BASE)  # nobody else has it any more: the frame itself becomes writable
    assert space.frame(BASE) == frame


def test_a_page_that_may_not_be_written_is_not_unshared(space: AddressSpace):
    space.fork()
    for address in (BASE + 3 * PAGE, BASE + 4 * PAGE, BASE + 5 * PAGE, 1 << 63):
        assert not space.unshare(address)


def test_made_writable_afterwards_a_page_is_still_copied_first(space: AddressSpace):
    parent, child = space.root, space.fork()
    space.use(child)
    space.protect(BASE + 3 * PAGE, PAGE, RW)
    assert not bits(space, BASE + 3 * PAGE) & WRITABLE
    assert space.unshare(BASE + 3 * PAGE)
    space.copy_out(BASE + 3 * PAGE, b"mine")
    space.use(parent)
    assert space.copy_in(BASE + 3 * PAGE, 1) == b"\3"


def test_a_debuggers_write_goes_to_one_of_them(space: AddressSpace):
    parent, child = space.root, space.fork()
    space.use(child)
    space.poke(BASE + 3 * PAGE, b"mine")
    assert space.protection(BASE + 3 * PAGE) == READ
    space.use(parent)
    assert space.copy_in(BASE + 3 * PAGE, 1) == b"\3"


def test_mappings_are_each_ones_own(space: AddressSpace):
    parent, child = space.root, space.fork()
    space.unmap(BASE, PAGE)
    space.move(BASE + PAGE, BASE + 9 * PAGE, PAGE)
    space.use(child)
    assert space.protection(BASE) == space.protection(BASE + PAGE) == RW
    assert space.copy_in(BASE + PAGE, 1) == b"\1"
    space.use(parent)
    assert space.unshare(BASE + 9 * PAGE)
    assert space.copy_in(BASE + 9 * PAGE, 1) == b"\1"


def test_physical_addresses_lead_back_to_the_space_in_use(space: AddressSpace):
    parent, child = space.root, space.fork()
    shared = space.frame(BASE)
    space.use(child)
    space.unshare(BASE)
    own = space.frame(BASE)
    assert shared is not None and own is not None
    assert (space.virtual(own + 5), space.virtual(shared)) == (BASE + 5, 0)
    space.use(parent)
    assert (space.virtual(shared + 5), space.virtual(own)) == (BASE + 5, 0)


def test_shared_ranges_stay_shared(space: AddressSpace):
    parent, child = space.root, space.fork([(BASE + PAGE, BASE + 2 * PAGE)])
    assert not bits(space, BASE + PAGE) & COPY and bits(space, BASE) & COPY
    space.use(child)
    space.copy_out(BASE + PAGE, b"ours")
    space.use(parent)
    assert space.copy_in(BASE + PAGE, 4) == b"ours"


# Frames


def test_all_frames_come_back(space: AddressSpace):
    before = space.ram.used
    children = [space.fork() for _ in range(3)]
    space.use(children[0])
    space.unshare(BASE)
    space.map(BASE + 50 * PAGE, 4 * PAGE, RW)
    grandchild = space.fork()
    space.use(grandchild)
    for root in (children[1], children[0], children[2]):
        space.release(root)
    space.unshare(BASE + PAGE)
    (parent,) = (root for root in space._spaces if root != grandchild)
    space.use(parent)
    space.release(grandchild)
    assert space.ram.used == before and not space.ram.others


def test_a_copy_for_which_there_is_no_room_leaves_nothing_behind(space: AddressSpace):
    while space.ram.used < space.ram.size // PAGE - 3:
        space.ram.allocate()
    before, others = space.ram.used, dict(space.ram.others)
    with pytest.raises(MemoryError):
        space.fork()
    assert (space.ram.used, space.ram.others) == (before, others)
    assert space.copy_in(BASE, 1) == b"\0"


# The processor


def test_the_processor_faults_at_a_write_and_at_nothing_else(guest: Callable[..., Any]):
    g = guest("mov al, [rsi]; mov [rsi], al; hlt")
    g.space.fork()
    assert g.fault() == Fault(14, PRESENT | USER | WRITING, g.DATA)
    assert g.at == 2
    assert g.space.unshare(g.DATA)
    assert g.run(1) is Stop.LIMIT
    assert g.at == 4


@pytest.mark.parametrize("native_callbacks", [True, False])
def test_each_space_runs_its_own_code_and_data(guest: Callable[..., Any], native_callbacks: bool):
    g = guest("mov eax, 1; mov rcx, [rsi]; inc rcx; hlt", native_callbacks=native_callbacks)
    parent, child = g.space.root, g.space.fork()
    g.space.use(child)
    g.space.poke(g.CODE + 1, b"\7")
    g.space.poke(g.DATA, b"\x30")
    for root, rax, rcx in ((child, 7, 0x31), (parent, 1, 1), (child, 7, 0x31), (parent, 1, 1)):
        g.space.use(root)
        g.start(rip=g.CODE)
        assert g.run(3) is Stop.LIMIT
        assert (g.registers.rax, g.registers.rcx) == (rax, rcx)


def test_code_that_rewrites_itself_does_so_in_one_space(guest: Callable[..., Any]):
    g = guest("mov byte ptr [rip + 1], 9; mov eax, 1; hlt", writable_code=True)
    parent, child = g.space.root, g.space.fork()
    for root in (child, parent):
        g.space.use(root)
        g.start(rip=g.CODE)
        assert g.fault(1).error_code == PRESENT | USER | WRITING
        g.space.unshare(g.CODE)
        g.run(2)
        assert g.registers.rax == 9
    assert g.space.code_at(g.CODE + 8, 1) == b"\x09"


def test_accessed_and_dirty_are_what_the_processor_did(guest: Callable[..., Any]):
    g = guest("mov al, [rsi]; mov [rsi], al; mov al, [rsi]; mov [rdi], al")
    g.space.copy_out(g.DATA, b"kernel")
    assert bits(g.space, g.DATA) & (ACCESSED | DIRTY) == ACCESSED | DIRTY
    child = g.space.fork()
    g.space.use(child)
    assert bits(g.space, g.DATA) & (ACCESSED | DIRTY) == DIRTY  # pte_mkold
    assert bits(g.space, g.DATA + 2 * PAGE) & (ACCESSED | DIRTY) == 0
    g.run(1)
    assert bits(g.space, g.DATA) & ACCESSED
    g.start(rsi=g.DATA + 2 * PAGE, rip=g.CODE)
    g.run(1)
    assert bits(g.space, g.DATA + 2 * PAGE) & (ACCESSED | DIRTY) == ACCESSED
    g.fault(1)
    g.space.unshare(g.DATA + 2 * PAGE)
    assert bits(g.space, g.DATA + 2 * PAGE) & (ACCESSED | DIRTY) == ACCESSED  # the copy is the kernel's
    g.run(1)
    assert bits(g.space, g.DATA + 2 * PAGE) & (ACCESSED | DIRTY) == ACCESSED | DIRTY


def test_the_instruction_that_faulted_runs_once(guest: Callable[..., Any]):
    g = guest("inc dword ptr [rsi]; inc dword ptr [rsi]")
    g.space.fork()
    g.fault()
    g.space.unshare(g.DATA)
    g.run(2)
    assert g.space.copy_in(g.DATA, 4) == b"\2\0\0\0"
    assert g.retired == 2


def test_what_can_unmask_exceptions_is_found_in_code_of_another_space(guest: Callable[..., Any]):
    """emu/sites.py: pages that the kernel filled while another space was in use."""
    g = guest("nop; nop; nop; nop")
    parent, child = g.space.root, g.space.fork()
    g.run(1)
    g.space.use(child)
    g.space.poke(g.CODE, b"\x9d")  # POPF
    g.space.use(parent)
    g.start(rip=g.CODE)
    g.run(1)
    g.space.use(child)
    g.start(rip=g.CODE, rsp=g.STACK - 64)
    g.space.unshare(g.STACK - 64)
    g.space.copy_out(g.STACK - 64, (0x40202).to_bytes(8, "little"))  # RFLAGS.AC
    g.start(rsi=g.DATA + 1)
    g.space.poke(g.CODE + 1, b"\x8b\x06")  # MOV EAX, [RSI]
    assert g.fault(2).vector == 17
