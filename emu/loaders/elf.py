"""ELF64 executables as Linux's loader reads them: segments, entry, and symbols for a trace.

What is checked, and what a header means, follows fs/binfmt_elf.c; files that Linux would load only to kill
the process at its first instruction are refused with a message that says why. Reading is pyelftools' work.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from emu.errors import ElfError
from kernel_stub.address_space import LOWEST, PAGE, TASK_SIZE, round_up
from kernel_stub.cpu import Protection

if TYPE_CHECKING:
    from asm.program import Program

MAGIC = b"\x7fELF"
LARGEST_FILE = 1 << 30
_MOST_HEADERS = 65536 // 56  # the kernel reads one segment of program headers, 64 KiB at most
_SYMBOL = struct.Struct("<IBBHQQ")  # Elf64_Sym: name, info, other, shndx, value, size
_FUNCTION, _NO_TYPE, _OBJECT, _GNU_IFUNC = 2, 0, 1, 10  # STT_
_TYPES = {_FUNCTION: 0, _GNU_IFUNC: 0, _OBJECT: 1, _NO_TYPE: 2}  # whose name is shown when several are at one place



class Load(NamedTuple):
    """A PT_LOAD segment: `file_size` bytes at `offset` go to `address`, zeros up to `memory_size`."""

    offset: int
    address: int
    file_size: int
    memory_size: int
    protection: Protection
    alignment: int

    @property
    def start(self) -> int:
        """Its first page."""
        return self.address & -PAGE

    @property
    def end(self) -> int:
        """Behind its last page."""
        return round_up(self.address + self.memory_size)


class Executable(NamedTuple):
    """A statically linked program. With `relocatable` (ET_DYN, a static PIE) addresses count from where it is put.

    `headers` is the address of the program headers in memory, 0 if no segment holds them. `source` is the
    linked program that it was made from, where that is known.
    """

    path: str
    data: bytes
    entry: int
    relocatable: bool
    segments: tuple[Load, ...]
    headers: int
    header_count: int
    executable_stack: bool
    source: Program | None = None

    @property
    def start(self) -> int:
        """Its first page."""
        return min(segment.start for segment in self.segments)

    @property
    def end(self) -> int:
        """Behind its last page."""
        return max(segment.end for segment in self.segments)


def is_elf(path: str) -> bool:
    """Whether the path is a file that starts as ELF files do."""
    try:
        with open(path, "rb") as file:
            return file.read(4) == MAGIC
    except OSError:
        return False


def read(path: str) -> Executable:
    """The executable at a path. Raises ElfError."""
    try:
        if not os.path.isfile(path):
            raise ElfError(f"{path}: {'not a file' if os.path.exists(path) else 'no such file'}")
        if os.path.getsize(path) > LARGEST_FILE:
            raise ElfError(f"{path}: larger than {LARGEST_FILE >> 20} MiB")
        with open(path, "rb") as file:
            return parse(path, file.read())
    except OSError as error:
        raise ElfError(f"{path}: {error.strerror}") from None


def parse(path: str, data: bytes) -> Executable:
    """The executable with these bytes; `path` is what messages and the program call it. Raises ElfError."""
    try:
        _check_identity(data)
        elf = _open(data)
        _check_header(elf, len(data))
        return _executable(path, data, elf)
    except ElfError as error:
        raise ElfError(f"{path}: {error}") from None


def _check_identity(data: bytes) -> None:
    """e_ident, before a library is asked."""
    if data[:4] != MAGIC:
        script = " (a script: run its interpreter)" if data[:2] == b"#!" else ""
        raise ElfError(f"not an ELF file{script}")
    if len(data) < 64:
        raise ElfError("truncated: the file ends in its ELF header")
    if data[4] != 2:
        raise ElfError("a 32-bit program; only 64-bit ones can be run" if data[4] == 1 else "a damaged ELF header")
    if data[5] != 1:
        raise ElfError("big-endian: not an x86-64 program")


def _open(data: bytes) -> Any:
    from elftools.common.exceptions import ELFError as LibraryError
    from elftools.construct import ConstructError
    from elftools.elf.elffile import ELFFile

    try:
        return ELFFile(BytesIO(_without_sections(data)))
    except (LibraryError, ConstructError) as error:
        raise ElfError(f"a damaged ELF header ({error})") from None


def _without_sections(data: bytes) -> bytes:
    """The file with e_shoff, e_shentsize, e_shnum and e_shstrndx zero: a kernel doesn't read them."""
    return data[:40] + bytes(8) + data[48:58] + bytes(6) + data[64:]


def _check_header(elf: Any, size: int) -> None:
    machine = elf["e_machine"]
    if machine != "EM_X86_64":
        raise ElfError(f"for another machine ({_plain(machine, 'EM_')}), not x86-64")
    kind = elf["e_type"]
    if kind not in ("ET_EXEC", "ET_DYN"):
        what = {"ET_REL": "an object file: link it first", "ET_CORE": "a core dump"}
        raise ElfError(f"not a program but {what.get(kind, f'of type {kind}')}")
    count, entry_size, offset = elf["e_phnum"], elf["e_phentsize"], elf["e_phoff"]
    if not 0 < count <= _MOST_HEADERS or entry_size != 56:
        raise ElfError(f"{count} program headers of {entry_size} bytes: no program has such")
    if offset + count * entry_size > size:
        raise ElfError("truncated: the file ends before its program headers do")


def _plain(name: Any, prefix: str) -> str:
    return name.removeprefix(prefix).lower() if isinstance(name, str) else f"number {name}"


def _executable(path: str, data: bytes, elf: Any) -> Executable:
    headers = [elf._get_segment_header(index) for index in range(elf["e_phnum"])]
    interpreter = next((header for header in headers if header["p_type"] == "PT_INTERP"), None)
    if interpreter is not None:
        start, size = interpreter["p_offset"], interpreter["p_filesz"]
        name = data[start : start + size].split(b"\0")[0].decode(errors="replace")
        raise ElfError(f"dynamically linked: it needs {name}; link it with -static")
    segments = tuple(_load(header) for header in headers if header["p_type"] == "PT_LOAD")
    relocatable = elf["e_type"] == "ET_DYN"
    _check_segments(segments, len(data), relocatable)
    stacks = [header["p_flags"] for header in headers if header["p_type"] == "PT_GNU_STACK"]
    return Executable(
        path=path,
        data=data,
        entry=elf["e_entry"],
        relocatable=relocatable,
        segments=segments,
        headers=_headers_address(segments, elf["e_phoff"]),
        header_count=len(headers),
        executable_stack=bool(stacks and stacks[-1] & 1),
    )


def _load(header: Any) -> Load:
    flags = header["p_flags"]  # PF_X 1, PF_W 2, PF_R 4
    protection = Protection(flags >> 2 & 1 | flags & 2 | flags << 2 & 4)
    return Load(
        header["p_offset"], header["p_vaddr"], header["p_filesz"], header["p_memsz"], protection, header["p_align"]
    )


def _headers_address(segments: Iterable[Load], offset: int) -> int:
    """Where the program headers are in memory: AT_PHDR."""
    for segment in segments:
        if segment.offset <= offset < segment.offset + segment.file_size:
            return offset - segment.offset + segment.address
    return 0


def _check_segments(segments: tuple[Load, ...], size: int, relocatable: bool) -> None:
    """Raises ElfError for what can't be mapped, or not as its headers say."""
    if not any(segment.memory_size for segment in segments):
        raise ElfError("nothing to load: it has no PT_LOAD segment")
    for segment in segments:
        what = f"the segment at {segment.address:#x}"
        if segment.memory_size > TASK_SIZE or segment.address > TASK_SIZE - segment.memory_size:
            raise ElfError(f"{what} of {segment.memory_size:#x} bytes ends above user memory")
        if segment.file_size > segment.memory_size:
            raise ElfError(f"{what} has more bytes in the file than in memory")
        if segment.file_size and segment.offset + segment.file_size > size:
            raise ElfError(f"truncated: {what} ends at {segment.offset + segment.file_size:#x}, the file at {size:#x}")
        if segment.file_size and (segment.offset - segment.address) % PAGE:
            raise ElfError(f"{what} can't be mapped: its file offset {segment.offset:#x} is not congruent to it")
        if not relocatable and segment.start < LOWEST:
            raise ElfError(f"{what} lies below {LOWEST:#x}, the lowest address that Linux maps")
    _check_order([segment for segment in segments if segment.memory_size])


def _check_order(segments: list[Load]) -> None:
    for one, other in pairwise(sorted(segments, key=lambda segment: segment.address)):
        if one.address + one.memory_size > other.address:
            raise ElfError(f"the segments at {one.address:#x} and {other.address:#x} overlap")


# Symbols ------------------------------------------------------------------------------------------


def program(executable: Executable, bias: int = 0) -> Program:
    """The executable as a linked program, put at `bias`: its symbols with their addresses, for a trace.

    A stripped file, or one whose symbol table can't be read, has none.
    """
    from asm.program import PlacedSymbol, Program, Segment, SourceLine, Symbol, SymbolKind

    source = SourceLine(executable.path, 0, "")
    found = _named_ranges(executable)
    placed = [
        PlacedSymbol(address + bias, Symbol(name, SymbolKind(kind), b"", size, source, static=static))
        for address, (name, kind, size, static) in found.items()
    ]
    segments = [
        Segment(
            segment.address + bias,
            executable.data[segment.offset : segment.offset + segment.file_size],
            segment.memory_size,
            bool(segment.protection & Protection.WRITE),
            bool(segment.protection & Protection.EXECUTE),
        )
        for segment in executable.segments
    ]
    return Program(segments, placed, executable.entry + bias)


def _named_ranges(executable: Executable) -> dict[int, tuple[str, str, int, bool]]:
    """Name, kind, size and whether it is local, by address; of several names the plainest."""
    best: dict[int, tuple[tuple[int, ...], str, str, int, bool]] = {}
    for name, info, address, size in _symbols(executable.data):
        segment = next((s for s in executable.segments if s.address <= address < s.address + s.memory_size), None)
        kind = _TYPES.get(info & 0xF)
        if not name or segment is None or kind is None:
            continue
        underscores = len(name) - len(name.lstrip("_"))
        rank = (kind, not size, underscores, info >> 4 == 0, len(name))
        what = "text" if segment.protection & Protection.EXECUTE else "data"
        if address not in best or rank < best[address][0]:
            best[address] = (rank, name, what, size, info >> 4 == 0)
    return _with_sizes(executable, {address: row[1:] for address, row in sorted(best.items())})


def _with_sizes(
    executable: Executable, found: dict[int, tuple[str, str, int, bool]]
) -> dict[int, tuple[str, str, int, bool]]:
    """A symbol without a size (assembly code's) reaches to the next one, or to the end of its segment."""
    sized = {}
    ends = [*found, TASK_SIZE][1:]
    for (address, (name, kind, size, static)), end in zip(found.items(), ends, strict=False):
        if not size:
            behind = next(s.address + s.memory_size for s in executable.segments if s.address <= address < s.end)
            size = min(end, behind) - address
        sized[address] = (name, kind, size, static)
    return sized


def _symbols(data: bytes) -> Iterable[tuple[str, int, int, int]]:
    """Name, info, value and size of the symbol table's rows that are defined in the file."""
    try:
        rows, names = _symbol_table(data)
    except Exception:  # a library's opinion of a damaged table: the program runs without names
        return
    for name, info, _other, section, value, size in _SYMBOL.iter_unpack(rows[: len(rows) // 24 * 24]):
        if section and name < len(names):
            yield names[name : names.find(b"\0", name)].decode(errors="replace"), info, value, size


def _symbol_table(data: bytes) -> tuple[bytes, bytes]:
    """The symbol table's rows, and the strings that they name."""
    from elftools.elf.elffile import ELFFile

    table: Any = ELFFile(BytesIO(data)).get_section_by_name(".symtab")
    if table is None:
        return b"", b""
    return table.data(), table.stringtable.data()
