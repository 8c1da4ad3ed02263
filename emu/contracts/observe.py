"""What of a run anybody else may look at, whether or not a clause speaks of it.

Two routines with equal observations on an input cannot be told apart there by a kernel, a called routine
or a caller that keep to the convention: dead registers, arithmetic flags and the routine's own stack below
its frame are not in it; all else is.
"""

from __future__ import annotations

from typing import TypeAlias

from emu.contracts.contract import Trial
from emu.contracts.rig import Ending
from kernel_stub.cpu import INDEX

OBSERVED = (
    "every system call with its number, the registers of its arguments and SP where the frame matters; every "
    "called routine with its arguments, the kept registers and DF; how it ends; results, kept registers, SP and DF; "
    "the memory from the return address on, and every write outside of the result slots"
)
Observation: TypeAlias = tuple[object, ...]

_RAX, _RSP, _RFLAGS, _R15 = (INDEX[name] for name in ("rax", "rsp", "rflags", "r15"))
_DIRECTION = 0x400


def observation(trial: Trial) -> Observation:
    """The run as others see it; equal observations are equal tuples."""
    contract, binding, outcome = trial.contract, trial.binding, trial.outcome
    passed = [INDEX[register] for _, register in contract.passed]
    kept = [INDEX[name] for name in binding.convention.preserved]
    if contract.thread:
        kept.append(_R15)
    seen: list[object] = [outcome.ending]
    for trap in outcome.traps:
        registers = trap.registers
        seen.append(trap.double)
        if trap.double:
            seen += (trap.arguments, registers[_RFLAGS] & _DIRECTION, *(registers[i] for i in kept))
        else:
            frame = registers[_RSP] if contract.number is not None else 0
            seen += (registers[_RAX], frame, *(registers[i] for i in passed))
    if outcome.ending is Ending.RETURNED:
        registers = outcome.registers
        seen += (registers[_RSP], registers[_RFLAGS] & _DIRECTION, *(registers[i] for i in kept))
        seen += [registers[INDEX[place.register]] for place in binding.results if place.register]
    elif outcome.fault is not None:
        seen += (outcome.fault.vector, outcome.left)
    return (*seen, outcome.frame, outcome.strays)
