"""A run as steps: they follow each other without a gap, and say what changed and why the run ended."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from asm import assemble_text, link
from emu.engine import RECORDED
from emu.events import Ended, Ending, Step
from emu.loaders.call import Call, Value
from emu.machine import Machine
from emu.stepper import Stepper
from emu.target import personality, resolve
from kernel_stub.cpu import Protection

RIP = RECORDED.index("rip")


def call_of(stub: str, arguments: Sequence[Value] = (), system: str = "linux") -> Call:
    call = resolve(stub, system).prepare(Machine(personality(system)))
    call.enter(arguments)
    return call


def routine(text: str, system: str = "linux") -> Call:
    program = link([assemble_text(f"TEXT f(SB),7,$0\n{text}", "f.s", dialect="go2008")])
    machine = Machine(personality(system))
    call = Call(machine, program, program.find("f"), program.find("f").symbol.slots)
    call.enter(())
    return call


def stepped(call: Call, budget: int = 1000, **options: int) -> tuple[list[Step], Ended]:
    stepper = Stepper(call.machine, call.program, **options)
    steps = list(stepper.steps(budget))
    assert stepper.ended is not None
    return steps, stepper.ended


def test_each_step_starts_where_the_changes_of_the_last_lead():
    call = call_of("syscall6", [1, 1, b"hello", 5])
    steps, ended = stepped(call)
    assert [step.position for step in steps] == list(range(ended.position))
    for step, following in pairwise(steps):
        after = dict(zip(RECORDED, step.before, strict=True)) | {c.name: c.new for c in step.changes}
        assert {n: v for n, v in after.items() if n != "rip"} == {
            n: v for n, v in zip(RECORDED, following.before, strict=True) if n != "rip"
        }
        assert all(change.old == dict(zip(RECORDED, step.before, strict=True))[change.name] for change in step.changes)
        assert step.address == step.before[RIP]


@pytest.mark.parametrize("stub", ["rawsyscall", "syscall", "sigaltstack", "notok"])
def test_the_size_of_the_pieces_changes_nothing(stub: str):
    pieces = [stepped(call_of(stub), capacity=capacity) for capacity in (1, 2, 7, 1024)]
    assert all(piece == pieces[0] for piece in pieces[1:])


def test_reads_and_writes_are_the_bytes_in_memory():
    call = routine(
        "\tMOVQ $0x1122334455667788, AX\n\tMOVQ AX, r+8(FP)\n\tMOVW r+10(FP), BX\n\tMOVB BX, r+9(FP)\n\tRET\n"
    )
    steps, _ = stepped(call)
    base = call.stack_pointer + 8
    seen = [
        [
            (kind, access.address - base, access.data.hex())
            for kind, accesses in (("read", step.reads), ("write", step.writes))
            for access in accesses
        ]
        for step in steps[1:-1]
    ]
    assert seen == [
        [("write", 8, "8877665544332211")],
        [("read", 10, "6655")],
        [("write", 9, "66")],
    ]
    assert call.machine.space.copy_in(base + 8, 8).hex() == "8866665544332211"


def test_the_kernels_answer_belongs_to_the_syscall():
    steps, _ = stepped(call_of("rawsyscall", [39]))
    (step,) = [step for step in steps if step.events]
    assert step.disassembly == "syscall"
    assert [event.text for event in step.events] == ["getpid() = 4242"]
    assert {c.name: c.new for c in step.changes} == {"rax": 4242, "rcx": step.address + 2, "r11": 0x202}


def test_the_budget_ends_a_run_that_has_no_end():
    steps, ended = stepped(routine("l:\tJMP l\n"), budget=2500)
    assert (len(steps), ended.ending, ended.position) == (2500, Ending.BUDGET, 2500)


def test_a_budget_that_is_just_enough_lets_the_routine_return():
    assert stepped(routine("\tXORL AX, AX\n\tRET\n"), budget=2)[1].ending == Ending.RETURNED
    assert stepped(routine("\tXORL AX, AX\n\tRET\n"), budget=1)[1].ending == Ending.BUDGET


@pytest.mark.parametrize(
    ("text", "ending", "retired", "signal"),
    [
        ("\tMOVQ $0xf1, BP\n\tMOVQ BP, (BP)\n\tRET\n", Ending.FAULT, 1, "SIGSEGV"),
        ("\tXORL AX, AX\n\tDIVL AX\n\tRET\n", Ending.FAULT, 1, "SIGFPE"),
        ("\tBYTE $0x0f\n\tBYTE $0x0b\n\tRET\n", Ending.FAULT, 0, "SIGILL"),
        ("\tHLT\n\tRET\n", Ending.FAULT, 0, "SIGSEGV"),
        ("\tBYTE $0xcc\n\tRET\n", Ending.FAULT, 1, "SIGTRAP"),
        ("\tXORL AX, AX\n", Ending.RAN_OFF, 2, "SIGTRAP"),  # the filler behind the code is INT3
        ("\tMOVQ $0x123456789abc, AX\n\tJMP AX\n", Ending.RAN_OFF, 2, "SIGSEGV"),
    ],
)
def test_a_fault_ends_the_run_before_the_instruction_retires(
    text: str, ending: Ending, retired: int, signal: str
):
    steps, ended = stepped(routine(text))
    assert (ended.ending, ended.position) == (ending, retired)
    assert [step.retired for step in steps].count(True) == retired
    assert steps[-1].fault == ended.fault and steps[-1].position == retired - steps[-1].retired
    assert ended.status is not None and ended.status.signal == signal
    assert ended.fault is not None


def test_a_fault_changes_no_flag_of_the_instruction_before():
    """The trapframe of a fault has RFLAGS.RF set, which no instruction did."""
    steps, _ = stepped(call_of("notok"))
    assert [[change.name for change in step.changes] for step in steps] == [["rbp"], []]


def test_an_unknown_class_on_darwin_kills_without_an_exception():
    _, ended = stepped(routine("\tMOVL $0x9000001, AX\n\tSYSCALL\n\tRET\n", "darwin"))
    assert (ended.ending, ended.fault) == (Ending.KILLED, None)
    assert ended.status is not None and ended.status.signal == "SIGSYS"


def test_exit_ends_the_run_at_the_syscall():
    steps, ended = stepped(call_of("exit", [300]))
    assert (ended.ending, ended.position) == (Ending.EXITED, len(steps))
    assert ended.status is not None and ended.status.code == 300 & 0xFF


def test_code_that_rewrites_itself_is_shown_as_it_ran():
    call = routine("\tNOP\n\tRET\n")
    machine, target = call.machine, call.routine.address
    machine.space.protect(target & -4096, 4096, Protection.READ | Protection.WRITE | Protection.EXECUTE)
    # mov byte [rip], 0x40 writes over the 0x90 behind it: 0x40 0xc3 is RET with an idle prefix
    machine.space.poke(target, bytes.fromhex("c6050000000040" "90c3"))
    steps, ended = stepped(call)
    assert [step.code.hex() for step in steps] == ["c6050000000040", "40c3"]
    assert ended.ending == Ending.RETURNED
