"""Calling one routine: its code, a guarded stack, argument slots, and a return address that ends the run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from asm.program import PlacedSymbol, Program, Slot
from emu.annotate import Labels
from emu.cpu import FLAGS_AT_START
from emu.errors import CallError
from emu.machine import Machine
from emu.mmu import Protection
from emu.ram import PAGE
from kernel_stub.cpu import INDEX

STACK_TOP = 0x7FFF_0000_0000  # the stack's pages lie below; what is around them is not mapped
STACK_SIZE = 64 << 10
LARGEST_FRAME = 1 << 20  # bytes of arguments and results
RETURN_PAGE = 0x7FFE_0000_0000
RETURN_ADDRESS = RETURN_PAGE + 0x800  # reaching it ends the run
BUFFERS = 0x1000_0000  # strings and buffers that arguments point to, each with an unmapped page behind it
UNWRITTEN = 0xA5  # what result slots are filled with, so that a slot that nobody wrote shows
FILLER = 0xCC  # INT3 behind the code, as Go's linker fills: a routine that runs off its end traps

_CODE = Protection.READ | Protection.EXECUTE
_DATA = Protection.READ | Protection.WRITE



class Buffer(NamedTuple):
    """An argument that points to this many zeroed bytes."""

    size: int


Value = int | bytes | Buffer  # bytes: a pointer to them, and a NUL behind


class Passed(NamedTuple):
    """What a slot held when the routine was entered: `given` by the caller (None: nothing), and as a number."""

    slot: Slot
    given: Value | None
    number: int


class Result(NamedTuple):
    """A result slot after the run: its value, unsigned, or None if nothing was written to it."""

    name: str
    size: int
    value: int | None

    @property
    def signed(self) -> int | None:
        """The value as a two's-complement integer."""
        if self.value is None:
            return None
        return self.value - (1 << 8 * self.size) if self.value >> (8 * self.size - 1) else self.value


def load_program(machine: Machine, program: Program) -> None:
    """Maps the program's segments with their protections; rest of the code's pages is FILLER."""
    for segment in program.segments:
        start = segment.address & -PAGE
        size = -(-(segment.address + segment.size) // PAGE) * PAGE - start
        protection = Protection.READ
        if segment.writable:
            protection |= Protection.WRITE
        if segment.executable:
            protection |= Protection.EXECUTE
        machine.place(start, size, protection, "program")
        data = segment.data + bytes(segment.size - len(segment.data))
        if segment.executable:
            data += bytes((FILLER,)) * (start + size - segment.address - segment.size)
        machine.space.poke(segment.address, data)


class Call:
    """A routine in a machine, ready to be called any number of times.

    `slots` are its arguments (read) and results (written) on the stack, as offsets from the first
    argument, which lies above the return address. `result_register` is set where a routine leaves
    its result there. `labels` names what lies where, `passed` is what `enter` put into the slots.
    """

    def __init__(
        self,
        machine: Machine,
        program: Program,
        routine: PlacedSymbol,
        slots: Sequence[Slot],
        result_register: str = "",
    ) -> None:
        self.machine, self.program, self.routine = machine, program, routine
        self.slots = [slot for slot in slots if slot.offset >= 0]  # below them lies the return address
        self.arguments = [slot for slot in self.slots if slot.read]
        self.results = [slot for slot in self.slots if slot.written]
        self.passed: list[Passed] = []
        self._written: set[int] = set()
        self.result_register = result_register.lower()
        self.labels = Labels(program)
        self.frame_size = _frame_size(self.slots, routine)
        try:
            load_program(machine, program)
            stack = STACK_SIZE + -(-self.frame_size // PAGE) * PAGE
            machine.place(STACK_TOP - stack, stack, _DATA, "[stack]")
        except MemoryError as error:
            raise CallError(f"{routine.symbol.source.file} is too large to run: {error}") from None
        machine.place(RETURN_PAGE, PAGE, _CODE, "return")
        machine.space.poke(RETURN_PAGE, bytes((FILLER,)) * PAGE)
        machine.cpu.exit_address = RETURN_ADDRESS
        self.stack_pointer = STACK_TOP - 128 - self.frame_size  # RSP % 16 == 8, as after a CALL
        self.labels.add(self.stack_pointer, 8, "return address")
        for slot in self.slots:
            self.labels.add(self.stack_pointer + 8 + slot.offset, slot.size, slot.name)
        self._next_buffer = BUFFERS

    def enter(self, arguments: Sequence[Value]) -> None:
        """Sets stack and registers as a CALL of the routine would; missing arguments are zero.

        All registers but RIP and RSP are zero. Raises CallError.
        """
        if len(arguments) > len(self.arguments):
            raise CallError(self._too_many(len(arguments)))
        frame = bytearray(self.frame_size)
        frame[:8] = RETURN_ADDRESS.to_bytes(8, "little")
        for slot in self.results:
            frame[8 + slot.offset : 8 + slot.offset + slot.size] = bytes((UNWRITTEN,)) * slot.size
        self.passed = []
        for slot, given in zip_longest(self.arguments, arguments):
            number = self._number(slot, 0 if given is None else given)
            frame[8 + slot.offset : 8 + slot.offset + slot.size] = number.to_bytes(slot.size, "little")
            self.passed.append(Passed(slot, given, number))
        self.reenter(bytes(frame))

    def _too_many(self, count: int) -> str:
        name = self.routine.symbol.name.removeprefix(".")
        if not self.slots:
            return (
                f"{name} names no arguments (name+0(FP), or a comment with its Go signature), but {count} "
                f"{'is' if count == 1 else 'are'} given; for a routine of a file, say --args N --results N"
            )
        names = ", ".join(slot.name for slot in self.arguments) or "none"
        noun = "argument" if len(self.arguments) == 1 else "arguments"
        return f"{name} takes {len(self.arguments)} {noun} ({names}), but {count} are given"

    def reenter(self, frame: bytes, flags: int = FLAGS_AT_START) -> None:
        """As `enter`, with the bytes from the return address on as an earlier `enter` made them."""
        self._written.clear()
        self.machine.space.copy_out(self.stack_pointer, frame)
        values = self.machine.cpu.registers.values
        for index in _CLEARED:
            values[index] = 0
        values[INDEX["rsp"]] = self.stack_pointer
        values[INDEX["rip"]] = self.routine.address
        values[INDEX["rflags"]] = flags

    def saw_write(self, address: int) -> None:
        """Takes note of a write by the routine, so that a result which looks unwritten can be told from one."""
        self._written.add(address)

    def result_values(self, pid: int | None = None) -> list[Result]:
        """The results as they stand on the stack (or in the result register) now, of the process that runs or of one
        that has returned and waits for the end.

        A slot that still holds what `enter` filled it with counts as not written, unless `saw_write`
        heard of it.
        """
        machine = self.machine
        if self.result_register:
            value = machine.registers_of(pid).values[INDEX[_WIDE[self.result_register]]]
            return [Result(self.result_register, 8, value)]
        found = []
        for slot in self.results:
            address = self.stack_pointer + 8 + slot.offset
            data = machine.read(address, slot.size, pid)
            written = data != bytes((UNWRITTEN,)) * slot.size or address in self._written
            found.append(Result(slot.name, slot.size, int.from_bytes(data, "little") if written else None))
        return found

    def _number(self, slot: Slot, given: Value) -> int:
        if isinstance(given, bytes):
            given = self._place(slot.name, given + b"\0")
        elif isinstance(given, Buffer):
            given = self._place(slot.name, bytes(given.size))
        bits = 8 * slot.size
        if not -(1 << bits - 1) <= given < 1 << bits:
            raise CallError(f"{slot.name} is {slot.size} bytes wide; {given} does not fit")
        return given & (1 << bits) - 1

    def _place(self, name: str, data: bytes) -> int:
        """Data that ends where its last page does, so that an access behind it faults."""
        size = max(PAGE, -(-len(data) // PAGE) * PAGE)
        start = self._next_buffer
        self._next_buffer += size + PAGE
        try:
            self.machine.place(start, size, _DATA, "argument")
        except MemoryError as error:
            raise CallError(f"the arguments' strings and buffers are too large: {error}") from None
        address = start + size - len(data) if len(data) < size else start
        self.machine.space.copy_out(address, data)
        self.labels.add(address, max(len(data), 1), f"*{name}")
        return address


def _frame_size(slots: Sequence[Slot], routine: PlacedSymbol) -> int:
    """The return address and the slots, so that RSP % 16 == 8 below a multiple of 16."""
    size = max((slot.offset + slot.size for slot in slots), default=0)
    if size > LARGEST_FRAME:
        far = max(slots, key=lambda slot: slot.offset)
        raise CallError(
            f"{routine.symbol.name.removeprefix('.')} refers to {far.name}+{far.offset}(FP): "
            f"{LARGEST_FRAME} bytes of arguments and results are the most"
        )
    return 8 + -(-size // 16) * 16


_WIDE = {
    name.removeprefix("r") if len(name) == 3 and name.isalpha() else name: name
    for name in ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", *(f"r{n}" for n in range(8, 16)))
}  # the Plan 9 spelling (ax, r8) of each general register but RSP
_CLEARED = tuple(INDEX[name] for name in _WIDE.values())
