"""Reading executables: what is taken from them, and what each kind of wrong file is told."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asm import elf as writer
from asm.linker import link
from asm.sources import assemble_text
from emu.loaders import elf
from emu.loaders.elf import ElfError
from kernel_stub.cpu import Protection

R, W, X = Protection.READ, Protection.WRITE, Protection.EXECUTE
SOURCE = """# dialect: att
.globl _start
_start:
    movl $60, %eax
helper:
    xorl %edi, %edi
    syscall
.section .rodata
text: .ascii "text"
.data
cell: .quad 1
.bss
    .skip 5000
"""
HEADER, SEGMENT, COUNT = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ"), 56
LOAD, INTERP = 1, 3


@pytest.fixture(scope="module")
def image():
    return writer.image(link([assemble_text(SOURCE, "x.s")]))


def changed(data, offset, value, size):
    """The file with one field replaced."""
    return data[:offset] + (value & (1 << 8 * size) - 1).to_bytes(size, "little") + data[offset + size :]


def segment(data, index, **fields):
    """The file with fields of a program header replaced."""
    at = 64 + 56 * index
    names = ("type", "flags", "offset", "vaddr", "paddr", "filesz", "memsz", "align")
    values = dict(zip(names, SEGMENT.unpack_from(data, at), strict=True)) | fields
    return data[:at] + SEGMENT.pack(*values.values()) + data[at + 56 :]


def test_segments_and_entry(image):
    found = elf.parse("x", image)
    assert [(s.address, s.memory_size, s.protection) for s in found.segments] == [
        (0x400000, 9, R | X), (0x401000, 4, R), (0x402000, 8, R | W), (0x403000, 5000, R | W),
    ]  # fmt: skip
    assert (found.entry, found.relocatable, found.executable_stack) == (0x400000, False, False)
    assert (found.start, found.end) == (0x400000, 0x405000)
    assert (found.headers, found.header_count) == (0, 5)  # no segment of ours holds the headers


def test_where_the_headers_are_in_memory(image):
    assert elf.parse("x", segment(image, 3, offset=0, filesz=4096)).headers == 0x403040


def test_a_stack_that_may_run(image):
    assert elf.parse("x", segment(image, 4, flags=7)).executable_stack


def test_symbols(image):
    program = elf.program(elf.parse("x", image))
    names = {placed.symbol.name: (placed.address, placed.symbol.size) for placed in program}
    assert names["_start"] == (0x400000, 5)
    assert names["helper"] == (0x400005, 4)
    assert names["cell"] == (0x402000, 8)
    assert program.entry == 0x400000


def test_symbols_move_with_the_program(image):
    program = elf.program(elf.parse("x", changed(image, 16, 3, 2)), bias=0x10_0000)
    assert program.symbol_at(0x500006).symbol.name == "helper"


def test_no_symbols_are_no_mistake(image):
    stripped = changed(changed(image, 40, 0, 8), 60, 0, 2)
    assert list(elf.program(elf.parse("x", stripped))) == []


@pytest.mark.parametrize("offset", [40, 58, 60, 62])
def test_damaged_section_headers_do_not_matter(image, offset):
    damaged = elf.parse("x", changed(image, offset, 0xFFF0, 2))
    assert damaged.segments
    elf.program(damaged)


WRONG = {
    "empty": (lambda d: b"", "not an ELF file"),
    "text": (lambda d: b"hello\n", "not an ELF file"),
    "a script": (lambda d: b"#!/bin/sh\n", "not an ELF file (a script: run its interpreter)"),
    "only the magic": (lambda d: d[:4], "truncated: the file ends in its ELF header"),
    "32-bit": (lambda d: changed(d, 4, 1, 1), "a 32-bit program; only 64-bit ones can be run"),
    "no class": (lambda d: changed(d, 4, 9, 1), "a damaged ELF header"),
    "big-endian": (lambda d: changed(d, 5, 2, 1), "big-endian: not an x86-64 program"),
    "aarch64": (lambda d: changed(d, 18, 183, 2), "for another machine (aarch64), not x86-64"),
    "an unknown machine": (lambda d: changed(d, 18, 0xF00D, 2), "for another machine (number 61453), not x86-64"),
    "an object file": (lambda d: changed(d, 16, 1, 2), "not a program but an object file: link it first"),
    "a core dump": (lambda d: changed(d, 16, 4, 2), "not a program but a core dump"),
    "an unknown type": (lambda d: changed(d, 16, 77, 2), "not a program but of type 77"),
    "no program headers": (lambda d: changed(d, 56, 0, 2), "0 program headers of 56 bytes: no program has such"),
    "too many": (lambda d: changed(d, 56, 5000, 2), "5000 program headers of 56 bytes: no program has such"),
    "another size": (lambda d: changed(d, 54, 32, 2), "5 program headers of 32 bytes: no program has such"),
    "headers behind the end": (
        lambda d: changed(d, 32, len(d), 8), "truncated: the file ends before its program headers do",
    ),
    "cut short": (lambda d: d[:0x1001], "truncated: the segment at 0x400000 ends at 0x1009, the file at 0x1001"),
    "nothing to load": (
        lambda d: segment(segment(segment(segment(d, 0, type=4), 1, type=4), 2, type=4), 3, type=4),
        "nothing to load: it has no PT_LOAD segment",
    ),
    "above user memory": (
        lambda d: segment(d, 3, vaddr=0x7FFF_FFFF_E000),
        "the segment at 0x7fffffffe000 of 0x1388 bytes ends above user memory",
    ),
    "an absurd size": (
        lambda d: segment(d, 3, memsz=1 << 63),
        "the segment at 0x403000 of 0x8000000000000000 bytes ends above user memory",
    ),
    "around the end of all addresses": (
        lambda d: segment(d, 3, vaddr=(1 << 64) - 4096),
        "the segment at 0xfffffffffffff000 of 0x1388 bytes ends above user memory",
    ),
    "more in the file": (
        lambda d: segment(d, 0, filesz=10), "the segment at 0x400000 has more bytes in the file than in memory",
    ),
    "not congruent": (
        lambda d: segment(d, 0, vaddr=0x400008),
        "the segment at 0x400008 can't be mapped: its file offset 0x1000 is not congruent to it",
    ),
    "page 0": (
        lambda d: segment(d, 0, vaddr=0x1000), "the segment at 0x1000 lies below 0x10000, the lowest address",
    ),
    "an overlap": (lambda d: segment(d, 3, vaddr=0x402004), "the segments at 0x402000 and 0x402004 overlap"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_one_message_says_what_is_wrong(name, image):
    make, message = WRONG[name]
    with pytest.raises(ElfError) as error:
        elf.parse("some/file", make(image))
    assert str(error.value).startswith(f"some/file: {message}")
    assert "\n" not in str(error.value)


def test_a_dynamically_linked_program_names_its_interpreter(image):
    at = image.index(b"text")
    data = image[:at] + b"/l.s\0" + image[at + 5 :]
    with pytest.raises(ElfError, match=r"^x: dynamically linked: it needs /l\.s; link it with -static$"):
        elf.parse("x", segment(data, 4, type=INTERP, offset=at, filesz=5))


@pytest.mark.parametrize(("path", "message"), [(".", "not a file"), ("no/such", "no such file")])
def test_a_path_that_is_no_file(path, message):
    with pytest.raises(ElfError, match=f"^{path}: {message}$"):
        elf.read(path)


def test_is_elf(tmp_path, image):
    path = tmp_path / "program"
    path.write_bytes(image)
    assert elf.is_elf(str(path))
    path.write_bytes(b"\x7fEL")
    assert not elf.is_elf(str(path))
    assert not elf.is_elf(str(tmp_path))
    assert not elf.is_elf(str(tmp_path / "missing"))


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(image, data):
    """Whatever bytes of the headers change, nothing but ElfError comes of it."""
    damaged = bytearray(image)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(4, 64 + 56 * 5 - 1))] = data.draw(st.sampled_from([0, 1, 3, 0x7F, 0x80, 0xFF]))
    cut = data.draw(st.one_of(st.just(len(image)), st.integers(0, len(image))))
    try:
        found = elf.parse("x", bytes(damaged[:cut]))
    except ElfError:
        return
    elf.program(found)
