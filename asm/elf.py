"""ELF64 executables: a Program as a file that Linux runs and that gdb, nm and objdump can read.

Layout of the file: header, one program header a segment and one for the stack, then the segments on
page boundaries, then .symtab, .strtab, .shstrtab and the section headers. Source: the System V ABI
(gABI chapters 4 and 5) and its AMD64 supplement; elf(5) has the same structures.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from asm.program import PlacedSymbol, Program, Segment, SymbolKind

PAGE = 4096
# Elf64_Ehdr: ident, type, machine, version, entry, phoff, shoff, flags, then six 16-bit sizes and counts.
EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
# Elf64_Phdr: type, flags, offset, vaddr, paddr, filesz, memsz, align.
PHDR = struct.Struct("<IIQQQQQQ")
# Elf64_Shdr: name, type, flags, addr, offset, size, link, info, addralign, entsize.
SHDR = struct.Struct("<IIQQQQIIQQ")
# Elf64_Sym: name, info, other, shndx, value, size.
SYM = struct.Struct("<IBBHQQ")

IDENT = b"\x7fELF" + bytes([2, 1, 1])  # 64 bit, little-endian, version 1; System V; padded by struct
ET_EXEC, EM_X86_64, EV_CURRENT = 2, 62, 1
PT_LOAD, PT_GNU_STACK = 1, 0x6474E551
PF_X, PF_W, PF_R = 1, 2, 4
SHT_NULL, SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS = 0, 1, 2, 3, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
STB_LOCAL, STB_GLOBAL = 0, 1
STT_OBJECT, STT_FUNC = 1, 2
SHN_ABS = 0xFFF1


def write(program: Program, path: str | PathLike[str]) -> None:
    """Write the program to `path` and make it executable.

    Raises ValueError for a program that can't run (no entry, undefined symbols), OSError for a path
    that can't be written.
    """
    data = image(program)
    Path(path).write_bytes(data)
    mode = os.stat(path).st_mode
    os.chmod(path, mode | (mode & 0o444) >> 2)  # who may read it may run it


def image(program: Program) -> bytes:
    """The executable's bytes. Raises ValueError as `write` does."""
    if program.entry is None:
        raise ValueError("a program without code has no entry")
    if program.unresolved:
        raise ValueError(f"undefined: {', '.join(program.unresolved)}")
    headers = EHDR.size + PHDR.size * (len(program.segments) + 1)
    offsets = _file_offsets(program.segments, headers)
    sections = _sections(program, offsets)
    body = bytearray(headers)
    for section in sections:
        if section.content:
            section.offset = section.offset or len(body)
            body += bytes(section.offset - len(body)) + section.content
    body += bytes(-len(body) % 8)
    header = EHDR.pack(
        IDENT, ET_EXEC, EM_X86_64, EV_CURRENT, program.entry, EHDR.size, len(body), 0,
        EHDR.size, PHDR.size, len(program.segments) + 1, SHDR.size, len(sections), len(sections) - 1,
    )  # fmt: skip
    body[:headers] = header + _program_headers(program.segments, offsets)
    return bytes(body) + b"".join(section.header() for section in sections)


def _file_offsets(segments: list[Segment], headers: int) -> list[int]:
    """Where each segment's bytes go: pages of the file, so that the kernel can map them."""
    offsets, at = [], headers
    for segment in segments:
        at = -(-at // PAGE) * PAGE
        offsets.append(at)
        at += len(segment.data)
    return offsets


def _program_headers(segments: list[Segment], offsets: list[int]) -> bytes:
    rows = []
    for segment, offset in zip(segments, offsets, strict=True):
        flags = PF_R | (PF_W if segment.writable else 0) | (PF_X if segment.executable else 0)
        address, size = segment.address, segment.size
        rows.append(PHDR.pack(PT_LOAD, flags, offset, address, address, len(segment.data), size, PAGE))
    rows.append(PHDR.pack(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16))
    return b"".join(rows)


@dataclass(slots=True)
class _Section:
    """A row of the section table; `content` is empty for what has no bytes in the file."""

    type: int
    content: bytes = b""
    name: int = 0  # offset in .shstrtab
    flags: int = 0
    address: int = 0
    offset: int = 0
    size: int = 0
    link: int = 0
    info: int = 0
    align: int = 1
    entry_size: int = 0

    def header(self) -> bytes:
        return SHDR.pack(
            self.name, self.type, self.flags, self.address, self.offset, self.size or len(self.content),
            self.link, self.info, self.align, self.entry_size,
        )  # fmt: skip


@dataclass(slots=True)
class _Strings:
    """A string table in the making: NUL-terminated names, the empty one first."""

    data: bytearray = field(default_factory=lambda: bytearray(1))

    def add(self, name: str) -> int:
        at = len(self.data)
        self.data += name.encode() + b"\0"
        return at


def _sections(program: Program, offsets: list[int]) -> list[_Section]:
    """The null section, one a segment, then symbols and strings; the last one names them all."""
    names = _Strings()
    sections = [_Section(SHT_NULL, align=0)]
    for segment, offset in zip(program.segments, offsets, strict=True):
        section = _segment_section(segment, offset)
        section.name = names.add(_section_name(segment))
        sections.append(section)
    strings = _Strings()
    symbols, first_global = _symbol_table(program, strings)
    table = _Section(SHT_SYMTAB, symbols, names.add(".symtab"), align=8, entry_size=SYM.size)
    table.link, table.info = len(sections) + 1, first_global
    sections.append(table)
    sections.append(_Section(SHT_STRTAB, bytes(strings.data), names.add(".strtab")))
    name_of_names = names.add(".shstrtab")
    sections.append(_Section(SHT_STRTAB, bytes(names.data), name_of_names))
    return sections


def _section_name(segment: Segment) -> str:
    if segment.executable:
        return ".text"
    if not segment.writable:
        return ".rodata"
    return ".data" if segment.data else ".bss"


def _segment_section(segment: Segment, offset: int) -> _Section:
    flags = SHF_ALLOC | (SHF_WRITE if segment.writable else 0)
    return _Section(
        SHT_PROGBITS if segment.data else SHT_NOBITS,
        segment.data,
        flags=flags | (SHF_EXECINSTR if segment.executable else 0),
        address=segment.address,
        offset=offset,
        size=segment.size,
        align=16,
    )


def _symbol_table(program: Program, strings: _Strings) -> tuple[bytes, int]:
    """Local symbols first, as the gABI asks; also the index of the first global one."""
    ordered = sorted(program, key=lambda placed: not placed.symbol.static)
    rows = [bytes(SYM.size)]
    rows += [_symbol(program, placed, strings) for placed in ordered]
    first_global = 1 + sum(placed.symbol.static for placed in ordered)
    return b"".join(rows), first_global


def _symbol(program: Program, placed: PlacedSymbol, strings: _Strings) -> bytes:
    symbol = placed.symbol
    binding = STB_LOCAL if symbol.static else STB_GLOBAL
    kind = STT_FUNC if symbol.kind is SymbolKind.TEXT else STT_OBJECT
    end = placed.address + symbol.size
    holders = (
        index
        for index, segment in enumerate(program.segments, 1)
        if segment.address <= placed.address and end <= segment.address + segment.size
    )
    section = next(holders, SHN_ABS)  # a label in a segment without a byte
    name = strings.add(symbol.name)
    return SYM.pack(name, binding << 4 | kind, 0, section, placed.address, symbol.size)
