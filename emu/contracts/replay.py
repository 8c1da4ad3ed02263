"""A case as a run that can be stepped through and shown: the same inputs, in a machine with a kernel's trace."""

from __future__ import annotations

from contextlib import suppress

from asm.program import Slot
from emu.contracts.cases import BELOW, GARBAGE_REGISTERS, VARIANTS, Case, garbage
from emu.contracts.rig import THREAD
from emu.contracts.subject import Subject
from emu.contracts.surroundings import answer, clobber, own_arguments
from emu.cpu import FLAGS_AT_START
from emu.loaders.call import Call, Passed, Result
from emu.machine import Machine, Stop
from emu.mmu import Protection
from emu.ram import PAGE
from emu.target import personality
from kernel_stub.cpu import INDEX, BadAddress

_RIP, _RFLAGS = INDEX["rip"], INDEX["rflags"]


class Replay(Machine):
    """A machine in which a case happens: system calls and doubles are answered as the case says."""

    def __init__(self, subject: Subject, case: Case) -> None:
        super().__init__(personality(subject.contract.system))
        self._subject, self._case, self._traps = subject, case, 0
        self._doubles = {
            placed.address + 2: double
            for double in subject.contract.doubles
            for symbol in double.symbols
            if (placed := subject.program.symbols.get(symbol)) is not None
        }

    def answer(self, stop: Stop) -> bool:
        """As the case says where it is a system call or a double; else the kernel's answer."""
        if stop is not Stop.SYSCALL:
            return super().answer(stop)
        self._traps += 1
        values, case = self.cpu.registers.values, self._case
        double = self._doubles.get(values[_RIP])
        if double is not None:
            lying = garbage((case.garbage + self._traps) % VARIANTS)
            clobber(values, self._subject.binding.convention.preserved, lying)
            with suppress(BadAddress):
                for address, data in own_arguments(double, values[INDEX["rsp"]], lying):
                    self.space.copy_out(address, data)
            return False
        self.kernel.inject(case.answer.value, error=case.answer.carry)
        served = super().answer(stop)
        answer(values, case, second=self._subject.contract.system == "darwin")
        return served


class Bound(Call):
    """The call of a case: words in registers are passed and shown as those in slots are."""

    def __init__(self, machine: Machine, subject: Subject) -> None:
        binding = subject.binding
        self._binding = binding
        slots = [
            Slot(place.name, place.offset, place.size, read, not read)
            for places, read in ((binding.arguments, True), (binding.results, False))
            for place in places
            if not place.register
        ]
        super().__init__(machine, subject.program, subject.routine, slots)
        if subject.contract.thread:
            machine.space.map(THREAD, PAGE, Protection.READ | Protection.WRITE)
            self.labels.add(THREAD, 128, "m")

    def enter_case(self, subject: Subject, case: Case) -> None:
        """Sets stack and registers as the rig does."""
        places = self._binding.arguments
        in_slots = [value for place, value in zip(places, case.arguments, strict=True) if not place.register]
        bits = [8 * slot.size for slot in self.arguments]
        self.enter([_signed(value, width) for value, width in zip(in_slots, bits, strict=True)])
        lying, values = garbage(case.garbage), self.machine.cpu.registers.values
        for name, value in zip(GARBAGE_REGISTERS, lying.registers, strict=True):
            values[INDEX[name]] = value
        for place, value in zip(places, case.arguments, strict=True):
            if place.register:
                values[INDEX[place.register]] = value
        values[_RFLAGS] = FLAGS_AT_START | lying.flags
        self.machine.space.copy_out(self.stack_pointer - BELOW, lying.memory[:BELOW])
        if subject.contract.thread:
            values[INDEX["r14"]] = THREAD
            self.machine.space.copy_out(THREAD, lying.memory[:128])
        self.passed = [
            Passed(Slot(place.name, place.offset, place.size, True, False), value, value)
            for place, value in zip(places, case.arguments, strict=True)
        ]

    def result_values(self, pid: int | None = None) -> list[Result]:
        """The results from their slots and registers."""
        values = self.machine.registers_of(pid).values
        in_registers = [
            Result(place.name, 8, values[INDEX[place.register]])
            for place in self._binding.results
            if place.register
        ]
        return in_registers or super().result_values(pid)


def replay(subject: Subject, case: Case) -> Bound:
    """The case, ready to be stepped through."""
    call = Bound(Replay(subject, case), subject)
    call.enter_case(subject, case)
    return call


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value
