"""The Intel and AT&T front ends against GNU as: the same bytes, relocated fields apart."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from asm.program import Object, RelocationKind, SymbolKind
from asm.sources import assemble_text

CORPUS = Path(__file__).parent / "gas"
INSTALL = "apt-get install binutils"
LENGTHS = {"R_X86_64_64": 8, "R_X86_64_PC64": 8}


@dataclass(frozen=True)
class Reference:
    """What as made: sections' bytes with relocated fields, and symbols as (section, offset, size)."""

    sections: dict[str, bytes]
    fields: dict[str, dict[int, int]]  # section -> offset -> length
    symbols: dict[str, tuple[str, int, int]]


@pytest.fixture(scope="session")
def gnu_as(require_tool, require_module, tmp_path_factory):
    require_module("elftools")
    tool = require_tool("as", INSTALL)
    folder = tmp_path_factory.mktemp("as")

    def assemble(text: str) -> Reference:
        source, output = folder / "x.s", folder / "x.o"
        source.write_text(text)
        subprocess.run([tool, "-o", output, source], check=True, capture_output=True)
        return read_object(output)

    return assemble


def read_object(path: Path) -> Reference:
    from elftools.elf.elffile import ELFFile

    with path.open("rb") as file:
        elf = ELFFile(file)
        names = [section.name for section in elf.iter_sections()]
        sections = {section.name: section.data() for section in elf.iter_sections()}
        fields: dict[str, dict[int, int]] = {}
        for section in elf.iter_sections(type="SHT_RELA"):
            kinds = {v: k for k, v in relocation_names().items()}
            fields[section.name.removeprefix(".rela")] = {
                r["r_offset"]: LENGTHS.get(kinds[r["r_info_type"]], 4) for r in section.iter_relocations()
            }
        table = elf.get_section_by_name(".symtab")
        symbols = {
            symbol.name: (names[symbol["st_shndx"]], symbol["st_value"], symbol["st_size"])
            for symbol in (table.iter_symbols() if table else ())
            if isinstance(symbol["st_shndx"], int)
        }
    return Reference(sections, fields, symbols)


def relocation_names() -> dict[str, int]:
    from elftools.elf.enums import ENUM_RELOC_TYPE_x64

    return ENUM_RELOC_TYPE_x64


def masked(data: bytes, fields: dict[int, int]) -> str:
    """Hex with `..` for the bytes of fields."""
    hidden = {offset + i for offset, length in fields.items() for i in range(length)}
    return "".join(".." if i in hidden else f"{byte:02x}" for i, byte in enumerate(data))


def ours_masked(unit: Object, more: dict[int, int] | None = None) -> str:
    """All text of an object without its relocated fields."""
    out, at = "", 0
    for symbol in unit.symbols:
        if symbol.kind is SymbolKind.TEXT:
            fields = {r.offset: r.length for r in symbol.relocations}
            fields |= {offset - at: length for offset, length in (more or {}).items()}
            out += masked(symbol.data, fields)
            at += symbol.size
    return out


@pytest.mark.parametrize("dialect", ["att", "intel"])
def test_each_instruction_has_the_bytes_of_as(gnu_as, dialect, capsys):
    lines = (CORPUS / f"{dialect}.s").read_text().splitlines()[1:]
    syntax = ".intel_syntax noprefix\n" if dialect == "intel" else ""
    marked = [f"L_{i}: {line}" for i, line in enumerate([*lines, ""])]
    reference = gnu_as(syntax + "\n".join(marked) + "\n")
    text, fields = reference.sections[".text"], reference.fields[".text"]
    starts = [reference.symbols[f"L_{i}"][1] for i in range(len(marked))]
    different = []
    for line, start, end in zip(lines, starts[:-1], starts[1:], strict=True):
        theirs = masked(text[start:end], {o - start: n for o, n in fields.items() if start <= o < end})
        mine = ours_masked(assemble_text(line, "corpus.s", dialect=dialect))
        if mine != theirs:
            different.append(f"{line}: {mine}, as makes {theirs}")
    with capsys.disabled():
        print(f"\n{dialect}: {len(lines) - len(different)} / {len(lines)} instructions equal to as", end=" ")
    assert len(lines) > 200
    assert not different, "\n".join(different)


@pytest.mark.parametrize("dialect", ["att", "intel"])
@pytest.mark.parametrize(
    "options",
    ["-O0", "-O2 -mno-avx", "-O3 -mavx2", "-Os -fpic", "-O2 -fno-pie", "-O1 -fno-pie -mno-red-zone"],
)
def test_what_a_compiler_writes_has_the_bytes_of_as(gnu_as, require_tool, tmp_path, dialect, options):
    """Every function and constant. as leaves calls of global routines to the linker; those are masked."""
    source = tmp_path / "program.s"
    command = [require_tool("gcc"), "-S", f"-masm={dialect}", *options.split(), "-o", source]
    subprocess.run([*command, CORPUS / "program.c"], check=True, capture_output=True)
    text = source.read_text()
    reference = gnu_as(text)
    unit = assemble_text(text, "program.s", dialect="att")
    compared = 0
    for symbol in unit.symbols:
        section, start, size = reference.symbols.get(symbol.name, (symbol.name, 0, symbol.size))
        if symbol.kind is SymbolKind.BSS or not size:
            continue
        fields = {o - start: n for o, n in reference.fields.get(section, {}).items() if 0 <= o - start < size}
        assert {r.offset for r in symbol.relocations if r.offset < size} <= fields.keys(), symbol.name
        theirs = reference.sections[section][start : start + size]
        assert masked(symbol.data[:size], fields) == masked(theirs, fields), symbol.name
        compared += 1
    assert compared >= 12


@pytest.mark.parametrize("distance", [100, 124, 125, 126, 127, 128, 129, 130, 200])
def test_jumps_are_short_exactly_where_as_makes_them_short(gnu_as, distance):
    text = f"a: jmp b\njne b\n.skip {distance}\njz a\njmp a\nb: jmp a\n"
    assert assemble_bytes(text) == gnu_as(text).sections[".text"]


def test_a_jump_that_grows_can_make_another_grow(gnu_as):
    text = "a: jmp c\n.skip 120\nb: jmp d\nc: jmp a\n.skip 122\nd: jmp b\n"
    assert assemble_bytes(text) == gnu_as(text).sections[".text"]


@pytest.mark.parametrize("size", range(1, 33))
def test_code_is_padded_with_the_same_no_operations(gnu_as, size):
    text = f".skip {size}, 0xcc\n.balign 32\nret\n.p2align 4,,7\nret\n.p2align 3, 0x11\nret\n"
    assert assemble_bytes(text) == gnu_as(text).sections[".text"]


EXPRESSIONS = [
    "1+2*3", "(1+2)*3", "010", "0x10", "0b101", "-1", "~5", "!0", "!7", "-7/2", "-7%3", "7/-2", "1<<4",
    "256>>4", "1|2+4", "7&3+1", "6^3-1", "3!5", "2==2", "2!=2", "1<2", "2<=1", "3>2 && 0", "3 || 0",
    "'a", "'a'", "'\\n'", "'\\\\",
    "-(2)+ -3", "end-start", "end-start+1", "(end-start)*2", "- -4", "1-2-3", "100/7/2", "'0'+9",
]  # fmt: skip


def test_expressions_have_the_values_of_as(gnu_as):
    text = "start: ret\nnop\nend:\n.data\n" + "".join(f".quad {e}\n" for e in EXPRESSIONS)
    data = gnu_as(text).sections[".data"]
    theirs = [int.from_bytes(data[i : i + 8], "little", signed=True) for i in range(0, len(data), 8)]
    symbols = assemble_text(text, "x.s", dialect="att").symbols
    ours = next(symbol.data for symbol in symbols if symbol.kind is SymbolKind.DATA)
    mine = [int.from_bytes(ours[i : i + 8], "little", signed=True) for i in range(0, len(ours), 8)]
    assert dict(zip(EXPRESSIONS, mine, strict=True)) == dict(zip(EXPRESSIONS, theirs, strict=True))


DATA = r"""
.data
.byte 1, 255, -1, 'x'
.word 0x1234
.long -1, 0xffffffff
.quad 0xffffffffffffffff, -2
.octa 0x112233445566778899aabbccddeeff00
.ascii "a\tb\n", "\101\x41\"\\"
.asciz "héllo"
.string "x;# not a comment /* nor this */"
.fill 3, 2, 0x1234
.fill 2, 8, -1
.fill 4
.zero 3
.skip 2, 7
.space 5
.align 8
.p2align 4,,3
.balign 4, 9
.float 1.5
.double -2.25
x = 5
.set y, x + 2
.byte x, y /* inline */ , x*y
x = 6
.byte x
1: .long 1b - ., 1f - 1b, . - 1b
1: .byte 2f - 1b
2:
"""


def test_data_directives_have_the_bytes_of_as(gnu_as):
    symbols = assemble_text(DATA, "x.s", dialect="att").symbols
    theirs = gnu_as(DATA).sections[".data"]
    assert b"".join(symbol.data for symbol in symbols).hex() == theirs.hex()


REFERENCES = """
.globl f
f: leaq msg(%rip), %rsi
movl $1, count(%rip)
cmpb $5, msg+2(%rip)
movabsq $msg, %rax
movq $table, %rdi
call outside
jmp outside+4
.section .rodata
msg: .asciz "hi"
table: .quad f, msg+1, outside
.long f - ., msg - table, .Lhidden - table
.Lhidden: .quad .Lhidden
.data
count: .long 0
"""


def test_references_go_where_those_of_as_go(gnu_as, tmp_path):
    """Offset, target's place and addend: as points at sections where we point at symbols."""
    reference = gnu_as(REFERENCES)
    unit = assemble_text(REFERENCES, "x.s", dialect="att")
    sections = {SymbolKind.TEXT: ".text", SymbolKind.RODATA: ".rodata", SymbolKind.DATA: ".data"}
    ours: dict[str, dict[int, int]] = {}
    for symbol in unit.symbols:
        start = reference.symbols[symbol.name][1]
        for relocation in symbol.relocations:
            fields = ours.setdefault(sections[symbol.kind], {})
            fields[start + relocation.offset] = relocation.length
    assert ours == {name: fields for name, fields in reference.fields.items() if fields}
    addends = [(r.target, r.kind, r.addend) for symbol in unit.symbols for r in symbol.relocations]
    assert addends[:3] == [
        ("msg", RelocationKind.PCREL, -4),
        ("count", RelocationKind.PCREL, -8),
        ("msg", RelocationKind.PCREL, 2 - 5),
    ]
    assert addends[-1] == ("table", RelocationKind.ABSOLUTE, 36)


def assemble_bytes(text: str) -> bytes:
    symbols = assemble_text(text, "x.s", dialect="att").symbols
    assert not any(symbol.relocations for symbol in symbols)
    return b"".join(symbol.data for symbol in symbols)
