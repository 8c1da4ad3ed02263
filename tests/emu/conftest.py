"""A bare processor with a program in its memory, for tests that need no kernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from asm import intel
from asm.linker import link
from emu.cpu import Cpu, Stop
from emu.mmu import AddressSpace
from emu.ram import PAGE, Ram
from kernel_stub.cpu import NAMES, Fault, Protection

CODE, DATA, STACK = 0x400000, 0x600000, 0x7FFF_0000  # two, four and four pages; the last ends at STACK
RX, RW = Protection.READ | Protection.EXECUTE, Protection.READ | Protection.WRITE


@cache
def machine_code(text: str, base: int = CODE) -> bytes:
    """Intel syntax, one instruction a line or between semicolons, to the bytes that stand at `base`."""
    source = ".text\n_start:\n" + "\n".join(line.strip() for line in text.split(";")) + "\n"
    (segment,) = link([intel.assemble("guest.s", source)], base=base).segments
    return segment.data


class Guest:
    """RAM, an address space and a CPU; code at `CODE` (RIP), RSI and RDI in the data, a stack.

    Registers are set by name: `guest.start(rax=5)`. `code` is Intel text or bytes.
    """

    CODE, DATA, STACK = CODE, DATA, STACK

    def __init__(self, code: str | bytes, *, writable_code: bool = False, ram: Ram | None = None, **options: object):
        self.ram = ram or Ram(8 << 20)
        self.space = AddressSpace(self.ram)
        self.space.map(CODE, 2 * PAGE, RX | Protection.WRITE if writable_code else RX)
        self.space.map(DATA, 4 * PAGE, RW)
        self.space.map(STACK - 4 * PAGE, 4 * PAGE, RW)
        self.cpu = Cpu(self.ram, self.space, **options)  # type: ignore[arg-type]
        self.code = machine_code(code) if isinstance(code, str) else code
        self.space.poke(CODE, self.code)
        self.registers = self.cpu.registers
        self.start(rip=CODE, rsp=STACK - 64, rsi=DATA, rdi=DATA + PAGE)

    def start(self, **values: int) -> Guest:
        for name, value in values.items():
            self.registers.values[NAMES.index(name)] = value & ((1 << 64) - 1)
        return self

    def run(self, count: int | None = None) -> Stop:
        return self.cpu.run(count)

    def fault(self, count: int | None = None) -> Fault:
        """Run into a fault."""
        assert self.run(count) is Stop.FAULT
        return self.cpu.fault

    @property
    def at(self) -> int:
        """RIP, counted from the code's start."""
        return self.registers.rip - CODE

    @property
    def retired(self) -> int:
        return self.cpu.retired

    def state(self) -> dict[str, int]:
        """The registers by name."""
        return dict(zip(NAMES, self.registers.values, strict=True))


@pytest.fixture
def guest() -> Callable[..., Guest]:
    """`guest("mov eax, 1; syscall")` is a `Guest`; options are those of `Cpu`."""
    return Guest


@pytest.fixture(scope="session")
def assemble() -> Callable[..., bytes]:
    return machine_code
