"""The currency between machine and kernel: the trapframe, and what the kernel may do with memory.

Nothing here knows an emulator: kernel tests make `Registers` by hand.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from enum import IntFlag
from typing import NamedTuple, Protocol

GENERAL = (
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags",
)  # fmt: skip
SEGMENTS = ("cs", "ss", "ds", "es", "fs", "gs", "fs_base", "gs_base")
NAMES = GENERAL + SEGMENTS
INDEX = {name: index for index, name in enumerate(NAMES)}

MASK64 = (1 << 64) - 1
CARRY = 0x1  # RFLAGS.CF
INTERRUPTS = 0x200  # RFLAGS.IF: always set in user mode
ALIGNMENT_CHECK = 0x40000  # RFLAGS.AC


# The FXSAVE image that FNINIT and a new MXCSR leave, with the MXCSR bits that the processor has.
FPU_INITIAL = struct.pack("<HHBxHQQII480x", 0x37F, 0, 0, 0, 0, 0, 0x1F80, 0xFFFF)


class FpuState(Protocol):
    """A thread's x87 and SSE state, wherever it is kept."""

    def load(self) -> bytes:
        """The 512 bytes of an FXSAVE image in 64-bit form; its reserved bytes are zero."""
        ...

    def store(self, image: bytes) -> None:
        """Sets the state from such an image. MXCSR has no reserved bit set."""
        ...


class Registers:
    """A thread's integer registers at a trap: one array of 64-bit words, one property per register.

    `values` is indexed by `INDEX`; the machine reads and writes it in one batch, so kernel code may
    use it directly on a hot path. Assignments through the properties wrap to 64 bits. `fpu` reaches the
    thread's x87 and SSE state; copies are plain values and have none.
    """

    __slots__ = ("fpu", "values")

    def __init__(self, values: Iterable[int] | None = None, **named: int) -> None:
        self.fpu: FpuState | None = None
        self.values = array("Q", values if values is not None else bytes(8 * len(NAMES)))
        if len(self.values) != len(NAMES):
            raise ValueError(f"{len(self.values)} register values, expected {len(NAMES)}")
        for name, value in named.items():
            self.values[INDEX[name]] = value & MASK64

    def copy(self) -> Registers:
        """An independent copy, as a checkpoint takes it."""
        return Registers(self.values)

    def __deepcopy__(self, memo: dict[int, object]) -> Registers:
        return self.copy()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Registers) and self.values == other.values

    def __repr__(self) -> str:
        return "Registers(" + ", ".join(f"{n}={v:#x}" for n, v in zip(NAMES, self.values, strict=True) if v) + ")"

    @staticmethod
    def _register(name: str) -> property:
        index = INDEX[name]

        def get(self: Registers) -> int:
            return self.values[index]

        def put(self: Registers, value: int) -> None:
            self.values[index] = value & MASK64

        return property(get, put, doc=f"{name.upper()}, unsigned 64 bit")

    rax, rbx, rcx, rdx = _register("rax"), _register("rbx"), _register("rcx"), _register("rdx")
    rsi, rdi, rbp, rsp = _register("rsi"), _register("rdi"), _register("rbp"), _register("rsp")
    r8, r9, r10, r11 = _register("r8"), _register("r9"), _register("r10"), _register("r11")
    r12, r13, r14, r15 = _register("r12"), _register("r13"), _register("r14"), _register("r15")
    rip, rflags = _register("rip"), _register("rflags")
    cs, ss, ds, es = _register("cs"), _register("ss"), _register("ds"), _register("es")
    fs, gs = _register("fs"), _register("gs")
    fs_base, gs_base = _register("fs_base"), _register("gs_base")


class BadAddress(Exception):
    """A kernel access to guest memory that the page tables forbid; `address` is the first bad byte."""

    def __init__(self, address: int) -> None:
        super().__init__(f"bad guest address {address:#x}")
        self.address = address


class Protection(IntFlag):
    """What user mode may do with a page (PROT_ of mmap). A page that can be used at all can be read."""

    NONE = 0
    READ = 1
    WRITE = 2
    EXECUTE = 4


class Pager(Protocol):
    """What knows which pages there could be where none are."""

    def __call__(self, address: int, wanted: Protection) -> bool:
        """Whether the access works now: the page may have been brought in."""
        ...

    def look(self, address: int) -> bytes | None:
        """The bytes of the page that a read there would bring in, which stays away; None if it would be refused."""
        ...


class Readable(Protocol):
    """What a file's write takes bytes from."""

    def copy_in(self, address: int, size: int) -> bytes:
        """Bytes from the guest. Raises BadAddress at the first byte a user-mode read could not reach."""
        ...


class Writable(Protocol):
    """What a file's read moves bytes to."""

    def copy_out(self, address: int, data: bytes) -> None:
        """Bytes to the guest. Raises BadAddress at the first byte a user-mode write could not reach;
        the bytes before it have then been written, as copy_to_user leaves them."""
        ...


class Memory(Readable, Writable, Protocol):
    """Processes' memory as the kernel sees it: user pages only, with their protections; one address space at a time.

    Addresses are 64-bit and may be anything a guest invents (kernel half, non-canonical, wrapping);
    those of `map` and its like are the kernel's own: whole pages of 4096 bytes in the user half.
    """

    pager: Pager
    """Asked before an access is refused: the kernel may map the page then. Nothing is mapped at first."""

    @property
    def root(self) -> int:
        """Which address space is in use: a number that is no other space's. All the methods are about this one."""
        ...

    def fork(self, shared: Sequence[tuple[int, int]] = ()) -> int:
        """A copy of the space in use; the answer is its number. Pages in the `shared` ranges are the same in both
        for good, the others until somebody writes to them: `unshare`. Raises MemoryError."""
        ...

    def use(self, root: int) -> None:
        """Go over to another space."""
        ...

    def release(self, root: int) -> None:
        """Give back a space, which is not the one in use."""
        ...

    def unshare(self, address: int) -> bool:
        """Give the space its own copy of a page, if that is all that a write to it lacks; whether it was."""
        ...

    def frame(self, address: int) -> int | None:
        """Which physical page an address leads to, or None where nothing is mapped."""
        ...

    def map(self, address: int, size: int, protection: Protection) -> None:
        """Zeroed pages where nothing is mapped; pages that are there keep their bytes.

        Raises MemoryError when there is no more physical memory."""
        ...

    def protect(self, address: int, size: int, protection: Protection) -> None:
        """New protection for the range's pages that are there."""
        ...

    def unmap(self, address: int, size: int) -> None:
        """Takes the range's pages away, as far as there are any."""
        ...

    def move(self, source: int, target: int, size: int) -> None:
        """The pages of a range go elsewhere with bytes and protections; the two ranges don't overlap, and
        nothing is mapped at the target. Raises MemoryError, and then nothing has moved."""
        ...

    def protection(self, address: int) -> Protection | None:
        """What user mode may do at the address, or None where nothing is mapped."""
        ...


class NoPager:
    """The pager of a memory whose pages are all mapped by hand. See `Pager`."""

    def __call__(self, address: int, wanted: Protection) -> bool:
        return False

    def look(self, address: int) -> bytes | None:
        return None


no_pager = NoPager()


class Fault(NamedTuple):
    """A processor exception: vector (14 is a page fault), error code as the CPU pushes it, CR2 for vector 14."""

    vector: int
    error_code: int = 0
    address: int = 0
