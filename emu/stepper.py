"""A run as a series of steps: the machine runs in recorded pieces, and each row becomes a Step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from asm.program import Program, SourceLine
from emu.disassembler import LONGEST, Disassembler
from emu.engine import RECORDED
from emu.events import Change, Ended, Ending, Interlude, MemoryAccess, Step
from emu.machine import Machine, Stop
from emu.native import WRITE, Access
from emu.recorder import WIDTH, Recorder
from kernel_stub.cpu import INDEX, Fault, Registers
from kernel_stub.events import Event, ProcessSwitched, SignalDelivered, ThreadSwitched

_RIP = RECORDED.index("rip")
_SHOWN = tuple((i, name) for i, name in enumerate(RECORDED) if name != "rip")
_RFLAGS = INDEX["rflags"]
_RESUME = 0x10000  # RFLAGS.RF: set in the trapframe of a fault, but nothing that the program did
_LEAVING = (SignalDelivered, ThreadSwitched, ProcessSwitched)  # events after which the registers are others
_FROM_VALUES = tuple(INDEX[name] for name in RECORDED)


Accesses = Mapping[int, tuple[MemoryAccess, ...]]  # by an instruction's index in a recorder's rows


class _Seen(NamedTuple):
    """What only the address space tells in which the recorded instructions ran: it may be another's afterwards."""

    process: int
    thread: int
    codes: list[bytes]  # and of an instruction that faulted
    reads: Accesses
    writes: Accesses


class Stepper:
    """Steps through `machine`; `program` gives source lines. After `steps`, `ended` says how it went."""

    def __init__(self, machine: Machine, program: Program | None = None, *, capacity: int = 1024) -> None:
        self.machine = machine
        self.program = program
        self.ended: Ended | None = None
        self.disassembler = Disassembler()
        self._capacity = capacity
        self._recorders: dict[int, Recorder] = {}

    @property
    def registers(self) -> tuple[int, ...]:
        """The machine's registers now, in the order of a step's `before`."""
        return _recorded(self.machine.cpu.registers)

    def steps(self, budget: int) -> Iterator[Step | Interlude]:
        """Steps until the run ends, at most `budget` instructions. Each is ready when the machine has
        run on to the next trap, so a view may look at the machine only when the iterator is done."""
        machine, kernel = self.machine, self.machine.kernel
        end = machine.position + budget
        kernel.observe = True
        while machine.position < end:
            recorder = self._recorder(machine)
            process, thread = kernel.process.pid, kernel.thread.tid
            stop = machine.record(recorder, end - machine.position)
            seen = _Seen(process, thread, self._codes(recorder, stop), *self._accesses(recorder))
            at_trap = machine.cpu.registers.copy() if stop == Stop.FAULT else None
            served = machine.answer(stop)
            events = tuple(kernel.events)
            kernel.events.clear()
            fault = machine.cpu.fault if stop == Stop.FAULT and not served else None
            trapped = fault is not None and kernel.personality.is_trap(fault)
            belong = stop == Stop.SYSCALL or trapped  # the events, to the last instruction that retired
            final = at_trap or (_interrupted(events) or machine.cpu.registers)
            last: tuple[int, SourceLine | None] | None = None
            for step in self._build(recorder, seen, events if belong else (), fault if trapped else None, final):
                last = (step.address, step.source)
                yield step
            if fault is not None and at_trap is not None and not trapped:
                yield self._faulted(at_trap, seen, fault, events)
            elif events and not belong:
                yield Interlude(machine.position, events)
            self.ended = self._ended(stop is Stop.EXIT and not served, fault, last if trapped else None)
            if self.ended is not None:
                return
        self.ended = Ended(Ending.BUDGET, machine.position, *self._place())

    def _recorder(self, machine: Machine) -> Recorder:
        """One step at a time where code can be rewritten while it runs, else many."""
        capacity = 1 if machine.space.writable_code else self._capacity
        if capacity not in self._recorders:
            self._recorders[capacity] = Recorder(capacity, memory=True)
        return self._recorders[capacity]

    def _ended(
        self, exit: bool, fault: Fault | None, trap: tuple[int, SourceLine | None] | None
    ) -> Ended | None:
        """How the run ended, if it did: `exit` at the exit address. `trap` is the place of a retired instruction that
        raised the fault."""
        machine = self.machine
        status, stuck = machine.kernel.first.exit, machine.stuck
        if status is None and not stuck and not exit:
            return None
        position, (address, source) = machine.position, trap or self._place()
        if status is None and (machine.returned or (exit and not stuck)):
            return Ended(Ending.RETURNED, position, address, source)
        if fault is not None and status is not None:
            outside = self.program is not None and self.program.symbol_at(address) is None
            ending = Ending.RAN_OFF if outside else Ending.FAULT
            return Ended(ending, position, address, source, fault, status)
        if status is not None:
            ending = Ending.EXITED if status.signal is None else Ending.KILLED
            return Ended(ending, position, address, source, None, status)
        return Ended(_idle(machine), position, address, source, fault)

    def _place(self) -> tuple[int, SourceLine | None]:
        address = self.machine.cpu.registers.rip
        return address, self.program.line_at(address) if self.program else None

    # Rows to steps --------------------------------------------------------------------------------

    def _build(
        self, recorder: Recorder, seen: _Seen, events: tuple[Event, ...], fault: Fault | None, final: Registers
    ) -> Iterator[Step]:
        """The recorded steps. Events and fault belong to the last, after which the registers are `final`."""
        rows, count = recorder.rows, recorder.count
        before = tuple(rows[:WIDTH])
        for index in range(count):
            last = index == count - 1
            start = (index + 1) * WIDTH
            after = _recorded(final) if last else tuple(rows[start : start + WIDTH])
            yield self._step(
                recorder.first + index,
                before,
                seen,
                seen.codes[index],
                changes=tuple(Change(name, before[i], after[i]) for i, name in _SHOWN if before[i] != after[i]),
                reads=seen.reads.get(index, ()),
                writes=seen.writes.get(index, ()),
                events=events if last else (),
                fault=fault if last else None,
            )
            before = after

    def _faulted(self, registers: Registers, seen: _Seen, fault: Fault, events: tuple[Event, ...]) -> Step:
        """The instruction that raised an exception and did not retire."""
        before, code = _recorded(registers), seen.codes[-1]
        return self._step(self.machine.position, before, seen, code, events=events, fault=fault, retired=False)

    def _step(
        self,
        position: int,
        before: tuple[int, ...],
        seen: _Seen,
        code: bytes,
        *,
        changes: tuple[Change, ...] = (),
        reads: tuple[MemoryAccess, ...] = (),
        writes: tuple[MemoryAccess, ...] = (),
        events: tuple[Event, ...] = (),
        fault: Fault | None = None,
        retired: bool = True,
    ) -> Step:
        address = before[_RIP]
        instruction = self.disassembler.decode(address, code)
        return Step(
            position=position,
            process=seen.process,
            thread=seen.thread,
            address=address,
            code=code[: instruction.size],
            disassembly=instruction.text,
            source=self.program.line_at(address) if self.program else None,
            before=before,
            changes=changes,
            reads=reads,
            writes=writes,
            events=events,
            fault=fault,
            retired=retired,
        )

    def _codes(self, recorder: Recorder, stop: Stop) -> list[bytes]:
        """The bytes at each recorded address, and after a fault those at RIP."""
        code_at = self.machine.space.code_at
        codes = [code_at(address, LONGEST) for address in recorder.rows[_RIP::WIDTH].tolist()]
        return [*codes, code_at(self.machine.cpu.registers.rip, LONGEST)] if stop is Stop.FAULT else codes

    def _accesses(self, recorder: Recorder) -> tuple[Accesses, Accesses]:
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



def _idle(machine: Machine) -> Ending:
    """Why nothing runs any more though the process is there."""
    kernel = machine.kernel
    if kernel.process.stopped is not None:
        return Ending.STOPPED
    wait = kernel.thread.waiting
    return Ending.FAULTING if wait is not None and wait.spins else Ending.WAITING


def _recorded(registers: Registers) -> tuple[int, ...]:
    """A trapframe in the order of a row."""
    values = registers.values
    return tuple(values[i] & ~_RESUME if i == _RFLAGS else values[i] for i in _FROM_VALUES)


def _interrupted(events: Sequence[Event]) -> Registers | None:
    """The registers before the first handler was entered, or another thread ran, if that happened."""
    return next((event.before for event in events if isinstance(event, _LEAVING)), None)
