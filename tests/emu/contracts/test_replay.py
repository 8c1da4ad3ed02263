"""What a trace shows is what was judged: the rig and the replay of a case agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emu.contracts import catalogue
from emu.contracts.cases import Case
from emu.contracts.check import Checker
from emu.contracts.clauses import results
from emu.contracts.replay import replay
from emu.contracts.rig import Ending
from emu.contracts.subject import Subject, bind
from emu.events import Ending as RunEnding
from emu.events import Step
from emu.stepper import Stepper
from emu.target import sources

ALIKE = {Ending.RETURNED: RunEnding.RETURNED, Ending.FAULT: RunEnding.FAULT, Ending.ENDLESS: RunEnding.BUDGET}


def compare(made: Subject, case: Case) -> None:
    trial = Checker(made).trial(case)
    call = replay(made, case)
    stepper = Stepper(call.machine, call.program)
    steps = [step for step in stepper.steps(4096) if isinstance(step, Step)]
    assert stepper.ended is not None
    assert stepper.ended.ending is ALIKE[trial.outcome.ending]
    traps = [step for step in steps if step.disassembly == "syscall"]
    assert [step.before[0] for step in traps] == [trap.registers[0] for trap in trial.outcome.traps]  # RAX
    assert [step.before[5] for step in traps] == [trap.registers[5] for trap in trial.outcome.traps]  # RDI
    if trial.outcome.ending is Ending.RETURNED:
        shown = [result.value for result in call.result_values()]
        assert shown == results(trial)


@pytest.mark.parametrize(
    ("name", "system"), sorted({(c.name, c.system) for c in catalogue.CONTRACTS if c.stubs and "-strict" not in c.name})
)
def test_a_shipped_stub_runs_in_the_trace_as_in_the_rig(name: str, system: str):
    contract = catalogue.find(name, system)
    made = bind(contract, sources(contract.stubs[0], system))
    for case in list(contract.space.cases(40, 1))[10::6]:
        compare(made, case)


@pytest.mark.parametrize("body", ["\tINT\t$3\n", "l:\tJMP\tl\n", "\tMOVQ\t0, AX\n", "\tMOVQ\tR9, 40(SP)\n\tRET\n"])
def test_so_does_one_that_goes_wrong(subject: Callable[..., Subject], body: str):
    head = "TEXT ·f(SB),7,$0\n\tMOVQ\t16(SP), DI\n\tSYSCALL\n\tMOVQ\tAX, 48(SP)\n"
    made = subject("rawsyscall", "linux", head + body)
    for case in list(made.contract.space.cases(30, 1))[::9]:
        trial = Checker(made).trial(case)
        call = replay(made, case)
        stepper = Stepper(call.machine, call.program)
        assert list(stepper.steps(4096))
        assert stepper.ended is not None and stepper.ended.ending is ALIKE[trial.outcome.ending]


def test_words_in_registers_are_shown_too(subject: Callable[..., Subject]):
    text = "TEXT ·f<ABIInternal>(SB),4,$0\n\tMOVQ\tBX, DI\n\tSYSCALL\n\tMOVQ\tDX, BX\n\tMOVQ\t$0, CX\n\tRET\n"
    made = subject("rawsyscall6", "linux", text, "go")
    for case in list(made.contract.space.cases(30, 1))[::7]:
        compare(made, case)
        call = replay(made, case)
        assert [(passed.slot.name, passed.number) for passed in call.passed] == [
            (place.name, value) for place, value in zip(made.binding.arguments, case.arguments, strict=True)
        ]
