"""A process's memory as a notebook shows it: walks, pages with their bits, regions."""

from __future__ import annotations

import pytest

from emu import Session, UserError, assemble
from emu.page_walk import peek

STORES = """// dialect: intel
.globl _start
_start:
    mov rax, [rip + shelf]
    mov qword ptr [rip + shelf], 7
    mov eax, 60
    syscall
.data
shelf:
    .quad 5
"""


@pytest.fixture
def s() -> Session:
    return Session(assemble(STORES))


def test_the_page_is_where_the_walk_ends(s):
    physical = s.walk("shelf").physical
    assert bytes(s.machine.space.ram.view[physical : physical + 8]) == (5).to_bytes(8, "little")


def test_what_ring_3_may_do(s):
    assert s.walk("_start").words.endswith("ring 3 may read, execute")
    assert s.walk("shelf").words.endswith("ring 3 may read, write")
    assert s.walk(0xFFFF_8000_0000_0000).words.endswith("only ring 0 may come here")
    assert "nothing is mapped here" in s.walk(0xF1).words
    assert s.walk(0xF1).physical is None


@pytest.mark.parametrize("address", [1 << 47, (1 << 64) - (1 << 47) - 1])
def test_an_address_that_is_not_canonical_has_no_walk(s, address, parsed):
    walked = s.walk(address)
    assert (walked.entries, walked.present, walked.bits, walked.physical) == ((), False, (), None)
    assert "not canonical" in walked.words
    assert "general protection exception" in walked.words
    assert parsed(walked).find(".//table") is None
    s.registers.rip = address
    assert s.step().ending.startswith(f"left the code, to {address:#x}: general protection")


@pytest.mark.parametrize("address", [(1 << 47) - 1, (1 << 64) - (1 << 47)])
def test_the_last_canonical_addresses_are_walked(s, address):
    assert len(s.walk(address).entries) > 0


@pytest.mark.parametrize("address", [-1, 1 << 64])
def test_addresses_have_64_bits(s, address):
    with pytest.raises(UserError, match=f"{address:#x} is no address: they have 64 bits"):
        s.walk(address)


def test_a_promised_page_is_told_from_nothing(s):
    deep = s.registers.rsp - (64 << 10)
    walked = s.walk(deep)
    assert not walked.present
    assert "[stack]" in walked.words


def test_looking_sets_no_bit(s):
    s.clear_bits()
    s.read("shelf")
    peek(s.machine.space, s.address("_start"), 16)
    assert [page.entry.bits for page in s.pages if {"A", "D"} & set(page.entry.bits)] == []


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_what_a_step_leaves_marked_is_what_its_instruction_touched(system):
    called = Session("rawsyscall", "close", 99, system=system)
    called.clear_bits()
    called.step()  # MOVQ 16(SP), DI
    marked = [(page.address, page.entry.bits) for page in called.pages if {"A", "D"} & set(page.entry.bits)]
    assert [address for address, _ in marked] == [0x400000, called.registers.rsp & -4096]
    assert not any("D" in bits for _, bits in marked)


def test_the_processor_sets_accessed_at_a_read_and_dirty_at_a_write(s):
    s.clear_bits()
    assert (s.walk("shelf").accessed, s.walk("shelf").dirty) == (False, False)
    s.step()
    assert (s.walk("shelf").accessed, s.walk("shelf").dirty) == (True, False)
    s.step()
    assert (s.walk("shelf").accessed, s.walk("shelf").dirty) == (True, True)
    s.clear_bits()
    assert (s.walk("shelf").accessed, s.walk("shelf").dirty) == (False, False)


def test_the_tables_say_what_the_bits_say(s, parsed):
    rows = [[cell.text for cell in row] for row in parsed(s.walk("shelf")).findall(".//tbody/tr")]
    last = s.walk("shelf").entries[-1]
    assert rows[-1] == [
        "PTE", str(last.index), hex(last.at), hex(last.value), "P", "W", "U", "A", "D", "NX", hex(last.frame),
    ]  # fmt: skip
    heads = [head.text for head in parsed(s.pages).findall(".//thead//th")]
    assert heads == ["page", "frame", "P", "W", "U", "A", "D", "NX", "region"]
    rows = [[cell.text for cell in row] for row in parsed(s.pages).findall(".//tbody/tr")]
    assert [row[-1] for row in rows] == ["notebook.s", "notebook.s", "[stack]"]


def test_regions_read_as_proc_maps_does(s, parsed):
    rows = [[cell.text for cell in row] for row in parsed(s.regions).findall(".//tbody/tr")]
    assert [row[3:] for row in rows] == [["r-x", "notebook.s"], ["rw-", "notebook.s"], ["rw-", "[stack]"]]
    assert all(int(row[1], 16) - int(row[0], 16) == int(row[2].replace(",", "")) for row in rows)


def test_a_shared_frame_is_told(s, parsed):
    s.machine.space.fork()
    assert "COW" in s.walk("shelf").bits
    heads = [head.text for head in parsed(s.pages).findall(".//thead//th")]
    assert heads == ["page", "frame", "P", "W", "U", "A", "D", "NX", "COW", "region"]
