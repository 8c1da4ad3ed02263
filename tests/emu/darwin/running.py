"""Running a Darwin program on the machine: from a fresh process to how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from asm.program import Program
from emu.loaders.darwin_process import DarwinProcess
from emu.loaders.program import executable
from emu.machine import Machine, Stop
from kernel_stub.cpu import Registers
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.process import SigreturnToken
from tests.emu.darwin.sources import Rule, build

BUDGET = 100_000
LATER = 10**7  # a position that no program reaches while it runs
TOKEN = 0x1122_3344_5566_7788
CALL_SIZE = 5  # bytes of a check's CALL
SHOWN = ("rax", "rbx", "rcx", "rdx", "rdi", "rsi", "r8", "rsp")


def boot(rule: Rule) -> tuple[Machine, Program]:
    """A machine with a rule's program, about to start."""
    machine, program = Machine(DARWIN), build(rule.source)
    DarwinProcess(machine, executable(rule.source.name, program), [b"program"], {})
    machine.cpu.exit_address = program.symbols["failed"].address
    if "token" in rule.source.options:
        machine.kernel.process.token = SigreturnToken(TOKEN)
    if "continue" in rule.source.options:
        machine.kernel.deliver_at(LATER, "SIGCONT")
    return machine, program


def ending(machine: Machine) -> str:
    """How the first process ended, as programs' heads put it; `still running` if it did not."""
    process, thread = machine.kernel.first, machine.kernel.thread
    if process.exit is None:
        if process.stopped is not None:
            return f"stopped {DARWIN.rules.names[process.stopped]}"
        if not machine.stuck:
            return "still running"
        return "faults for ever" if thread.waiting is not None and thread.waiting.spins else "sleeps for ever"
    if process.exit.signal is None:
        return f"exit {process.exit.code}"
    return f"{'dumped' if process.exit.core else 'killed'} {process.exit.signal}"


def broken_check(machine: Machine, program: Program) -> str:
    """The check that did not hold, and the registers as it found them."""
    registers = machine.cpu.registers
    place = int.from_bytes(machine.space.copy_in(registers.rsp, 8), "little") - CALL_SIZE
    line, routine = program.line_at(place), program.symbol_at(place)
    what = line.text.partition("; ")[2] or "this is not reached" if line is not None else "the stack is in order"
    values = " ".join(f"{name}={getattr(registers, name):#x}" for name in SHOWN)
    return f"in {routine.symbol.name if routine else '?'} this does not hold: {what}\n{values}"


@dataclass(frozen=True, slots=True)
class Finished:
    """A run at full speed: how it ended, the check that did not hold if there is one, and where the machine stood."""

    ending: str
    broken: str
    position: int
    registers: Registers

    @property
    def outcome(self) -> str:
        """What a program's head is compared with."""
        return self.broken or self.ending


def run(machine: Machine, program: Program) -> Finished:
    """To the end."""
    stop = machine.run_to_end(BUDGET)
    broken = broken_check(machine, program) if stop is Stop.EXIT else ""
    return Finished(ending(machine), broken, machine.position, machine.cpu.registers.copy())


@cache
def finished(rule: Rule) -> Finished:
    """A rule's program, run to its end."""
    return run(*boot(rule))
