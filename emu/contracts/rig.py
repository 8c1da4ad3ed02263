"""Runs a routine on one input after another, as fast as the engine goes, and says what could be seen.

There is no kernel in it: the contract answers system calls itself, since it is about every answer, and
plays the routines that are called (doubles.py). What nobody promised is garbage, which differs from
case to case: registers, flags, memory around the frame.
"""

from __future__ import annotations

import ctypes
from array import array
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from asm.program import PlacedSymbol, Program
from emu.contracts.abstract import Binding
from emu.contracts.cases import ABOVE as FRAME_ABOVE
from emu.contracts.cases import BELOW, GARBAGE_REGISTERS, VARIANTS, Case, Garbage, garbage
from emu.contracts.doubles import Double
from emu.contracts.surroundings import answer, clobber, own_arguments
from emu.cpu import FLAGS_AT_START, Stop
from emu.loaders.call import FILLER, RETURN_ADDRESS, RETURN_PAGE, load_program
from emu.machine import Machine
from emu.mmu import Protection
from emu.native import WRITE, Access
from emu.ram import PAGE
from kernel_stub.cpu import INDEX, Fault
from kernel_stub.personality import Personality

BUDGET = 4096  # instructions of one case
MOST_TRAPS = 8  # system calls and calls of doubles in one case
STACK_PAGE = 0x7FFE_FFFF_0000
STACK_POINTER = STACK_PAGE + 0x800 - 8  # RSP % 16 == 8, as after a CALL
THREAD = 0x7FFD_0000_0000  # what R14 points to where a routine looks into m: a page of garbage
ACCESSES = 8 * BUDGET
_DATA = Protection.READ | Protection.WRITE
_RSP, _RIP, _RFLAGS = INDEX["rsp"], INDEX["rip"], INDEX["rflags"]
_R14 = INDEX["r14"]
_GARBAGE = tuple(INDEX[name] for name in GARBAGE_REGISTERS)
_SERVED = frozenset((Stop.SYSCALL, Stop.CPUID, Stop.RDTSC))
_RED_ZONE = 64  # bytes below SP that a called routine may use


class Ending(Enum):
    """How a run ended."""

    RETURNED = "returned"
    FAULT = "fault"
    ENDLESS = "endless"


class Trap(NamedTuple):
    """A system call, or the call of a double: the registers then, and the double's arguments."""

    double: str  # "" for a system call
    registers: array[int]
    arguments: tuple[int, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What a run did, as far as anybody may look: `traps` in order, and how it ended.

    `registers` are those at the end (in the order of kernel_stub.cpu.NAMES), `entry` those of the beginning;
    `frame` is the memory from the return address on. `strays` are writes (address, bytes) to anything but
    the result slots and what lies below the stack pointer.
    """

    ending: Ending
    entry: array[int]
    registers: array[int]
    traps: list[Trap]
    frame: bytes
    strays: tuple[tuple[int, int], ...]
    fault: Fault | None = None
    left: bool = False  # a fault happened outside of the routine

    @property
    def calls(self) -> list[Trap]:
        """The system calls."""
        return [trap for trap in self.traps if not trap.double]


class Rig:
    """A machine with the routine in it, bound as `binding` says; `load` puts another image in its place.

    `pointer` names a register that points to THREAD at entry. `second` says that the kernel sets RDX, the
    carry flag and all other arithmetic flags (Darwin); without it a call changes RAX alone.
    """

    def __init__(
        self,
        personality: Personality,
        program: Program,
        routine: PlacedSymbol,
        binding: Binding,
        doubles: tuple[Double, ...],
        *,
        second: bool,
        thread: bool = False,
    ) -> None:
        self.machine = machine = Machine(personality)
        self.cpu, self.space = machine.cpu, machine.space
        self.binding, self._second, self._thread = binding, second, thread
        load_program(machine, program)
        for address in (STACK_PAGE, THREAD):
            self.space.map(address, PAGE, _DATA)
        self.space.map(RETURN_PAGE, PAGE, Protection.READ | Protection.EXECUTE)
        self.space.poke(RETURN_PAGE, bytes((FILLER,)) * PAGE)
        self.cpu.exit_address = RETURN_ADDRESS
        self._calls = {double.name: double for double in doubles}
        self._slots = [place for place in binding.arguments if not place.register]
        self._registers = [(INDEX[place.register], i) for i, place in enumerate(binding.arguments) if place.register]
        self._slot_numbers = [i for i, place in enumerate(binding.arguments) if not place.register]
        places = (*binding.arguments, *binding.results)
        size = max((place.offset + place.size for place in places if not place.register), default=0)
        self.frame_size = 8 + -(-size // 8) * 8 + FRAME_ABOVE
        self._record()
        self._place(program, routine)

    def load(self, program: Program, routine: PlacedSymbol) -> None:
        """Another program in the place of the last one: the segments must lie on the same pages."""
        self._place(program, routine)
        for segment in program.segments:
            data = segment.data + bytes(segment.size - len(segment.data))
            if segment.executable:
                data = padded(data)
            self.space.poke(segment.address, data)

    def _place(self, program: Program, routine: PlacedSymbol) -> None:
        self._entry, self._size = routine.address, routine.symbol.size
        self._data = [
            (s.address, s.data + bytes(s.size - len(s.data))) for s in program.segments if s.writable and s.size
        ]
        self._doubles = {
            placed.address + 2: double
            for double in self._calls.values()
            for symbol in double.symbols
            if (placed := program.symbols.get(symbol)) is not None
        }

    # One case -------------------------------------------------------------------------------------

    def run(self, case: Case) -> Outcome:
        """Runs the routine on a case, from its entry to the end."""
        cpu, values = self.cpu, self.cpu.registers.values
        lying = garbage(case.garbage)
        self._enter(case, lying)
        entry = values[:]
        traps: list[Trap] = []
        data = cpu.data
        data.access, data.access_end = self._start, self._end
        try:
            stop = cpu.run(BUDGET)
            while stop in _SERVED and len(traps) < MOST_TRAPS:
                self._trap(stop, case, traps)
                stop = cpu.run(BUDGET)
            used = data.access - self._start
        finally:
            data.access = 0
        ending = Ending.RETURNED if stop is Stop.EXIT else Ending.FAULT if stop is Stop.FAULT else Ending.ENDLESS
        return Outcome(
            ending,
            entry,
            values[:],
            traps,
            self.space.copy_in(STACK_POINTER, self.frame_size),
            self._strays(used // 32),
            cpu.fault if stop is Stop.FAULT else None,
            stop is Stop.FAULT and not 0 <= values[_RIP] - 1 - self._entry < self._size,
        )

    def _enter(self, case: Case, lying: Garbage) -> None:
        values, space = self.cpu.registers.values, self.space
        for index, value in zip(_GARBAGE, lying.registers, strict=True):
            values[index] = value
        arguments = case.arguments
        for index, number in self._registers:
            values[index] = arguments[number]
        values[_RSP], values[_RIP] = STACK_POINTER, self._entry
        values[_RFLAGS] = FLAGS_AT_START | lying.flags
        memory = bytearray(lying.memory[: BELOW + self.frame_size])
        memory[BELOW : BELOW + 8] = RETURN_ADDRESS.to_bytes(8, "little")
        for place, number in zip(self._slots, self._slot_numbers, strict=True):
            start = BELOW + 8 + place.offset
            memory[start : start + place.size] = arguments[number].to_bytes(place.size, "little")
        space.copy_out(STACK_POINTER - BELOW, bytes(memory))
        if self._thread:
            values[_R14] = THREAD
            space.copy_out(THREAD, lying.memory[:128])
        for address, content in self._data:
            space.copy_out(address, content)

    def _trap(self, stop: Stop, case: Case, traps: list[Trap]) -> None:
        """Answers a system call, or does what a called routine may do; the processor's questions are not counted."""
        if stop is not Stop.SYSCALL:
            self.machine.answer(stop)
            return
        values = self.cpu.registers.values
        double = self._doubles.get(values[_RIP])
        if double is not None:
            traps.append(Trap(double.name, values[:], self._words(double, values[_RSP] + 8)))
            self._clobber(double, garbage((case.garbage + len(traps)) % VARIANTS))
            return
        traps.append(Trap("", values[:]))
        answer(values, case, second=self._second)

    def _words(self, double: Double, base: int) -> tuple[int, ...]:
        """A double's arguments, which the CALL left above the return address."""
        if not STACK_PAGE + 8 <= base < STACK_PAGE + PAGE - 32:
            return ()
        read = self.space.copy_in
        return tuple(int.from_bytes(read(base + offset, size), "little") for offset, size in double.arguments)

    def _clobber(self, double: Double, lying: Garbage) -> None:
        """What a called routine may do: its arguments are its own, as the memory below its return address is."""
        values, space = self.cpu.registers.values, self.space
        clobber(values, self.binding.convention.preserved, lying)
        pointer = values[_RSP]
        if STACK_PAGE + _RED_ZONE <= pointer < STACK_PAGE + PAGE - 64:
            space.copy_out(pointer - _RED_ZONE, lying.memory[:_RED_ZONE])
            for address, data in own_arguments(double, pointer, lying):
                space.copy_out(address, data)

    # Writes ---------------------------------------------------------------------------------------

    def _record(self) -> None:
        size = ctypes.sizeof(Access)
        self._accesses = (Access * ACCESSES)()
        self._words_of = memoryview(self._accesses).cast("B").cast("Q")
        self._start = ctypes.addressof(self._accesses) + size  # the first stays zero
        self._end = self._start + (ACCESSES - 1100) * size
        self.cpu.engine.record_accesses()
        self._allowed = {  # bytes that may be written, by address
            STACK_POINTER + 8 + place.offset + byte
            for place in self.binding.results
            if not place.register
            for byte in range(place.size)
        }

    def _strays(self, count: int) -> tuple[tuple[int, int], ...]:
        if not count:
            return ()
        words = self._words_of[4 : 4 + 4 * count].tolist()
        found = []
        virtual, allowed = self.space.virtual, self._allowed
        for physical, kind in zip(words[1::4], words[3::4], strict=True):
            if kind & 0xFFFF_FFFF != WRITE:
                continue
            address, size = virtual(physical), kind >> 32
            if address >= STACK_PAGE and address + size <= STACK_POINTER:
                continue
            if not allowed.issuperset(range(address, address + size)):
                found.append((address, size))
        return tuple(found)


def padded(code: bytes) -> bytes:
    """A text segment's bytes as they are loaded: the rest of its last page is FILLER."""
    return code + bytes((FILLER,)) * (-len(code) % PAGE)
