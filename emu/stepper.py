"""A run as a series of steps: the machine runs in recorded pieces, and each row becomes a Step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asm.program import Program, SourceLine
from emu.disassembler import LONGEST, Disassembler
from emu.engine import RECORDED
from emu.events import Change, Ended, Ending, MemoryAccess, Step
from emu.machine import Machine, Stop
from emu.native import WRITE, Access
from emu.recorder import WIDTH, Recorder
from kernel_stub.cpu import INDEX
from kernel_stub.events import Event

_RIP = RECORDED.index("rip")
_SHOWN = tuple((i, name) for i, name in enumerate(RECORDED) if name != "rip")
_RFLAGS = INDEX["rflags"]
_RESUME = 0x10000  # RFLAGS.RF: set in the trapframe of a fault, but nothing that the program did
_FROM_VALUES = tuple(INDEX[name] for name in RECORDED)


class Stepper:
    """Steps through `machine`; `program` gives source lines. After `steps`, `ended` says how it went."""

    def __init__(self, machine: Machine, program: Program | None = None, *, capacity: int = 1024) -> None:
        self.machine = machine
        self.program = program
        self.ended: Ended | None = None
        self.disassembler = Disassembler()
        self._capacity = capacity
        self._recorders: dict[int, Recorder] = {}

    def steps(self, budget: int) -> Iterator[Step]:
        """Steps until the run ends, at most `budget` instructions. Each is ready when the machine has
        run on to the next trap, so a view may look at the machine only when the iterator is done."""
        machine = self.machine
        end = machine.position + budget
        machine.kernel.observe = True
        while machine.position < end:
            recorder = self._recorder(machine)
            stop = machine.record(recorder, end - machine.position)
            events = tuple(machine.kernel.events)
            machine.kernel.events.clear()
            trapped = stop == Stop.FAULT and self._is_trap(recorder)
            retired = stop != Stop.FAULT or trapped
            yield from self._build(recorder, events if retired else ())
            ended = self._ended(stop, recorder.rows[-WIDTH + _RIP] if trapped else None, () if retired else events)
            if ended is not None:
                self.ended = ended
                return
        self.ended = Ended(Ending.BUDGET, machine.position, *self._place())

    def _recorder(self, machine: Machine) -> Recorder:
        """One step at a time where code can be rewritten while it runs, else many."""
        capacity = 1 if machine.space.writable_code else self._capacity
        if capacity not in self._recorders:
            self._recorders[capacity] = Recorder(capacity, memory=True)
        return self._recorders[capacity]

    def _is_trap(self, recorder: Recorder) -> bool:
        """Whether the exception came from an instruction that retired (INT3, a single-step)."""
        rows = recorder.rows
        return bool(rows) and rows[-WIDTH + _RIP] != self.machine.cpu.registers.rip and (
            self.machine.cpu.fault.vector in (1, 3, 4)
        )

    def _ended(self, stop: Stop, trap: int | None, events: tuple[Event, ...]) -> Ended | None:
        """How the run ended, if it did; `trap` is the address of a retired instruction that trapped."""
        machine = self.machine
        status = machine.kernel.process.exit
        position, (address, source) = machine.position, self._place(trap)
        if stop == Stop.EXIT:
            return Ended(Ending.RETURNED, position, address, source)
        if stop == Stop.FAULT and status is not None:
            outside = self.program is not None and self.program.symbol_at(address) is None
            ending = Ending.RAN_OFF if outside else Ending.FAULT
            return Ended(ending, position, address, source, machine.cpu.fault, status, events)
        if status is not None:
            ending = Ending.EXITED if status.signal is None else Ending.KILLED
            return Ended(ending, position, address, source, None, status)
        return None

    def _place(self, trap: int | None = None) -> tuple[int, SourceLine | None]:
        address = self.machine.cpu.registers.rip if trap is None else trap
        return address, self.program.line_at(address) if self.program else None

    # Rows to steps --------------------------------------------------------------------------------

    def _build(self, recorder: Recorder, events: tuple[Event, ...]) -> Iterator[Step]:
        rows, count = recorder.rows, recorder.count
        reads, writes = self._accesses(recorder)
        values = self.machine.cpu.registers.values
        final = tuple(values[i] & ~_RESUME if i == _RFLAGS else values[i] for i in _FROM_VALUES)
        before = tuple(rows[:WIDTH])
        for index in range(count):
            last = index == count - 1
            start = (index + 1) * WIDTH
            after = final if last else tuple(rows[start : start + WIDTH])
            address = before[_RIP]
            code = self.machine.space.code_at(address, LONGEST)
            instruction = self.disassembler.decode(address, code)
            yield Step(
                position=recorder.first + index,
                thread=self.machine.kernel.process.tid,
                address=address,
                code=code[: instruction.size],
                disassembly=instruction.text,
                source=self.program.line_at(address) if self.program else None,
                before=before,
                changes=tuple(
                    Change(name, before[i], after[i]) for i, name in _SHOWN if before[i] != after[i]
                ),
                reads=reads.get(index, ()),
                writes=writes.get(index, ()),
                events=events if last else (),
            )
            before = after

    def _accesses(
        self, recorder: Recorder
    ) -> tuple[dict[int, tuple[MemoryAccess, ...]], dict[int, tuple[MemoryAccess, ...]]]:
        """Reads and writes by index of the instruction, neighbouring ones joined."""
        found: tuple[dict[int, list[Access]], dict[int, list[Access]]] = ({}, {})
        for access in recorder.accesses:
            found[access.type == WRITE].setdefault(access.count - recorder.first - 1, []).append(access)
        reads, writes = ({i: self._joined(a) for i, a in half.items()} for half in found)
        return reads, writes

    def _joined(self, accesses: Sequence[Access]) -> tuple[MemoryAccess, ...]:
        joined: list[MemoryAccess] = []
        for access in accesses:
            address = self.machine.space.virtual(access.address)
            data = (access.value & (1 << 64) - 1).to_bytes(8, "little")[: access.size]
            if joined and joined[-1].address + len(joined[-1].data) == address:
                previous = joined.pop()
                address, data = previous.address, previous.data + data
            joined.append(MemoryAccess(address, data))
        return tuple(joined)
