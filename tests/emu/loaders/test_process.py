"""A program in a machine: its pages, its heap, where a static PIE goes, what does not fit."""

import struct

import pytest

from asm import elf as writer
from asm.linker import link
from asm.sources import assemble_text
from emu.loaders import elf
from emu.loaders.elf import ElfError
from emu.loaders.process import STATIC_PIE_BREAK, Process, arguments, find
from emu.machine import Machine, Stop
from kernel_stub.address_space import MMAP_BASE, PAGE, TASK_SIZE
from kernel_stub.cpu import NAMES, Protection
from kernel_stub.linux.personality import LINUX

SOURCE = """# dialect: att
.globl _start
_start:
    movl $60, %eax
    movl cell(%rip), %edi
    syscall
.data
cell: .quad 7
.bss
    .skip 5000
"""
SEGMENT = struct.Struct("<IIQQQQQQ")


@pytest.fixture(scope="module")
def image():
    return writer.image(link([assemble_text(SOURCE, "x.s")]))


def segment(data, index, **fields):
    """The file with fields of a program header replaced."""
    at = 64 + 56 * index
    names = ("type", "flags", "offset", "vaddr", "paddr", "filesz", "memsz", "align")
    values = dict(zip(names, SEGMENT.unpack_from(data, at), strict=True)) | fields
    return data[:at] + SEGMENT.pack(*values.values()) + data[at + 56 :]


def start(data, *rest, ram=16 << 20, variables=None):
    machine = Machine(LINUX, ram_size=ram)
    return Process(machine, elf.parse("x", data), arguments("x", rest), variables or {})


def regions(process):
    return [(r.start, r.end, int(r.protection), r.name) for r in process.machine.kernel.process.space.regions]


def test_it_runs(image):
    process = start(image)
    assert process.machine.run_to_end(100) is Stop.SYSCALL
    assert process.machine.kernel.process.exit.code == 7


def test_regions_and_heap(image):
    process = start(image)
    assert regions(process) == [
        (0x400000, 0x401000, 5, "x"),
        (0x401000, 0x402000, 3, "x"),
        (0x402000, 0x404000, 3, ""),
        (TASK_SIZE - 0x21000, TASK_SIZE, 3, "[stack]"),
    ]
    space = process.machine.kernel.process.space
    assert (space.start_brk, space.brk) == (0x404000, 0x404000)


def test_registers(image):
    process = start(image, "argument")
    values = dict(zip(NAMES, process.machine.cpu.registers.values, strict=True))
    pointer = process.stack.pointer
    assert {name: value for name, value in values.items() if value} == {
        "rip": 0x400000, "rsp": pointer, "rflags": 0x202, "cs": 0x33, "ss": 0x2B,
    }  # fmt: skip
    assert process.machine.space.copy_in(pointer, 8) == (2).to_bytes(8, "little")


def test_the_last_page_of_a_segment_holds_what_follows_in_the_file(image):
    """Whole pages are mapped; only a segment that is longer in memory has zeros behind its bytes."""
    text = start(image).machine.space.copy_in(0x400000, PAGE)
    assert text == image[0x1000:0x2000]
    longer = start(segment(image, 1, memsz=16)).machine.space.copy_in(0x401000, PAGE)
    assert longer == struct.pack("<Q", 7) + bytes(PAGE - 8)


def test_protections(image):
    space = start(image).machine.space
    assert space.protection(0x400000) == Protection.READ | Protection.EXECUTE
    assert space.protection(0x402000) is None  # zeros come when they are touched
    assert start(segment(image, 3, flags=7)).machine.kernel.process.space.regions[-1].protection == 7


def test_a_static_pie_lies_below_the_base_of_mmap(image):
    """As high as mmap goes, at a multiple of the largest alignment; the heap is elsewhere."""
    pie = image[:16] + b"\3\0" + image[18:]
    process = start(pie)
    assert regions(process)[2][1] == MMAP_BASE
    assert process.machine.kernel.process.space.brk == STATIC_PIE_BREAK
    assert process.machine.cpu.registers.rip == 0x400000 + process.bias
    assert process.program.find("_start").address == process.machine.cpu.registers.rip
    aligned = start(segment(pie, 0, align=0x20000))
    assert (0x400000 + aligned.bias) % 0x20000 == 0


def test_names_for_the_first_stack(image):
    process = start(image, "argument", variables={b"A": b"b"})
    names = {label.name: label.address for label in process.labels.ranges}
    read = process.machine.space.copy_in
    strings = {"*argv[0]": b"x", "*argv[1]": b"argument", "*envp[0]": b"A=b", "*AT_PLATFORM": b"x86_64"}
    for name, text in strings.items():
        assert read(names[name], len(text) + 1) == text + b"\0"
    assert int.from_bytes(read(names["argv[1]"], 8), "little") == names["*argv[1]"]
    assert int.from_bytes(read(names["AT_ENTRY"], 8), "little") == 0x400000
    assert process.labels.name(names["argv[2]"] + 8) == "envp[0]"


def test_zeros_beyond_all_memory_are_only_promised(image):
    process = start(segment(image, 2, memsz=1 << 40))
    process.machine.run_to_end(100)
    assert process.machine.kernel.process.exit.code == 7


@pytest.mark.parametrize(
    ("change", "rest", "message"),
    [
        ({"index": 2, "vaddr": 0x7FFF_FFFE_0000}, (), "x: a segment lies where the stack belongs"),
        ({"index": 2}, ("a" * (128 << 10),), "x: arguments and environment are too long (E2BIG)"),
        ({"index": 2}, tuple("a" * 60000 for _ in range(40)), "x: arguments and environment are too long (E2BIG)"),
    ],
)
def test_what_does_not_fit(image, change, rest, message):
    with pytest.raises(ElfError) as error:
        start(segment(image, **change), *rest)
    assert str(error.value) == message


def test_a_program_larger_than_memory(image):
    data = image + bytes(4 << 20)
    with pytest.raises(ElfError, match=r"^x: too large to run: guest RAM of 2 MiB is full$"):
        start(segment(data, 1, filesz=4 << 20, memsz=4 << 20, vaddr=0x1002000, offset=0x2000), ram=2 << 20)


def test_a_static_pie_without_room(image):
    pie = segment(image[:16] + b"\3\0" + image[18:], 2, vaddr=0x7FFF_FF00_0000)
    with pytest.raises(ElfError, match="there is no room for them"):
        start(pie)


def test_a_source_is_assembled(tmp_path):
    path = tmp_path / "program.s"
    path.write_text(SOURCE)
    process = Process(Machine(LINUX), find(str(path)), [b"x"], {})
    assert process.program.line_at(0x400000).text.strip() == "movl $60, %eax"
    process.machine.run_to_end(100)
    assert process.machine.kernel.process.exit.code == 7


def test_a_source_without_code(tmp_path):
    path = tmp_path / "program.s"
    path.write_text("# dialect: att\n.data\nx: .byte 1\n")
    with pytest.raises(ElfError, match="a program without code has no entry"):
        find(str(path))
