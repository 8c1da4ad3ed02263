"""The rig: what a run looks like to those who may look."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emu.contracts.abstract import ABI0, ABI_INTERNAL, GO2008
from emu.contracts.cases import Answer, Case, garbage
from emu.contracts.check import Checker
from emu.contracts.rig import MOST_TRAPS, STACK_POINTER, Ending
from emu.contracts.subject import Subject
from kernel_stub.cpu import INDEX

CASE = Case((1, 2, 3, 4), Answer(7, False, 5), 3)
HEAD = "TEXT ·f(SB),7,$0\n"


@pytest.fixture
def run(subject: Callable[..., Subject]):
    def once(text: str, case: Case = CASE, contract: str = "rawsyscall", system: str = "linux", dialect="go2008"):
        return Checker(subject(contract, system, HEAD + text, dialect)).rig.run(case)

    return once


def test_registers_and_flags_at_entry_are_the_cases_garbage(run):
    outcome = run("\tRET\n")
    lying = garbage(3)
    assert tuple(outcome.entry[: len(lying.registers)])[:3] == lying.registers[:3]
    assert outcome.entry[INDEX["rflags"]] & 0x8D5 == lying.flags
    assert outcome.entry[INDEX["rflags"]] & 0x400 == 0


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("\tRET\n", Ending.RETURNED),
        ("\tINT\t$3\n", Ending.FAULT),
        ("\tMOVQ\t0, AX\n", Ending.FAULT),
        ("l:\tJMP\tl\n", Ending.ENDLESS),
        ("l:\tSYSCALL\n\tJMP\tl\n", Ending.ENDLESS),
        ("\tBYTE\t$0x50\n\tRET\n", Ending.FAULT),
    ],
)
def test_how_a_run_ends(run, text: str, ending: Ending):
    outcome = run(text)
    assert outcome.ending is ending
    assert len(outcome.traps) <= MOST_TRAPS


def test_after_any_ending_the_next_run_is_right_again(subject: Callable[..., Subject]):
    text = "\tCMPQ\t8(SP), $1\n\tJEQ\tok\n\tCMPQ\t8(SP), $2\n\tJEQ\tover\n\tMOVQ\t0, AX\nover:\tJMP\tover\nok:\tRET\n"
    rig = Checker(subject("rawsyscall", "linux", HEAD + text)).rig
    endings = [rig.run(CASE._replace(arguments=(n, 0, 0, 0))).ending for n in (1, 3, 1, 2, 3, 3, 1)]
    fault, endless, returned = Ending.FAULT, Ending.ENDLESS, Ending.RETURNED
    assert endings == [returned, fault, returned, endless, fault, fault, returned]


@pytest.mark.parametrize(
    ("store", "strays"),
    [
        ("MOVQ\tAX, 40(SP)", ()),
        ("MOVB\tAX, 63(SP)", ()),
        ("MOVQ\tAX, -8(SP)", ()),
        ("MOVQ\tAX, 0(SP)", ((0, 8),)),
        ("MOVQ\tAX, 60(SP)", ((60, 8),)),
        ("MOVW\tAX, 39(SP)", ((39, 2),)),
        ("MOVB\tAX, 64(SP)", ((64, 1),)),
        ("MOVQ\tAX, -4(SP)", ((-4, 8),)),
    ],
)
def test_writes_elsewhere_are_seen_also_if_they_change_nothing(run, store: str, strays):
    place = store.partition(", ")[2]
    for text in (f"\t{store}\n\tRET\n", f"\t{store[:4]}\t{place}, AX\n\t{store}\n\tRET\n"):
        assert run(text).strays == tuple((STACK_POINTER + offset, size) for offset, size in strays)


def test_a_call_on_linux_changes_ax_cx_and_r11_alone(run):
    outcome = run("\tSYSCALL\n\tRET\n")
    (call,) = outcome.calls
    changed = {i for i, pair in enumerate(zip(call.registers, outcome.registers, strict=True)) if pair[0] != pair[1]}
    assert changed == {INDEX["rax"], INDEX["rsp"], INDEX["rip"]}
    assert outcome.registers[INDEX["rax"]] == 7


def test_on_darwin_the_kernel_sets_dx_and_the_carry_flag_and_leaves_the_other_flags_to_chance(run):
    flags = set()
    for variant in range(16):
        case = Case((1, 2, 3, 4), Answer(7, variant % 2 == 1, 5), variant)
        registers = run("\tSYSCALL\n\tRET\n", case, system="darwin").registers
        assert (registers[INDEX["rax"]], registers[INDEX["rdx"]]) == (7, 5)
        assert registers[INDEX["rflags"]] & 1 == variant % 2
        flags.add(registers[INDEX["rflags"]] & 0x40)
    assert flags == {0, 0x40}


@pytest.mark.parametrize(("dialect", "convention"), [("go2008", GO2008), ("go", ABI0)])
def test_a_called_routine_keeps_what_the_convention_says_and_nothing_else(run, dialect: str, convention):
    name = "sys·entersyscall" if dialect == "go2008" else "runtime·entersyscall"
    outcome = run(f"\tCALL\t{name}(SB)\n\tRET\n", dialect=dialect)
    assert [trap.double for trap in outcome.traps] == ["entersyscall"]
    before, after = outcome.entry, outcome.registers
    kept = {name for name in ("rbx", "rbp", "r12", "r14", "r15") if before[INDEX[name]] == after[INDEX[name]]}
    assert kept == set(convention.preserved)


def test_arguments_and_results_may_be_in_registers(subject: Callable[..., Subject]):
    text = (
        "TEXT ·Syscall6<ABIInternal>(SB),4,$0\n\tMOVQ\tSI, R10\n\tMOVQ\tDI, DX\n\tMOVQ\tCX, SI\n\tMOVQ\tBX, DI\n"
        "\tSYSCALL\n\tCMPQ\tAX, $0xfffffffffffff001\n\tJLS\tok\n\tNEGQ\tAX\n\tMOVQ\tAX, CX\n\tMOVQ\t$-1, AX\n"
        "\tMOVQ\t$0, BX\n\tRET\nok:\n\tMOVQ\tDX, BX\n\tMOVQ\t$0, CX\n\tRET\n"
    )
    made = subject("rawsyscall6", "linux", text, "go")
    assert made.binding.convention is ABI_INTERNAL
    assert [place.register for place in made.binding.results] == ["rax", "rbx", "rcx"]
    assert Checker(made).sweep(made.contract.space.cases(1000, 1))[1] == {}
    wrong = text.replace("\tMOVQ\tDI, DX\n", "")
    made = subject("rawsyscall6", "linux", wrong, "go")
    assert list(Checker(made).sweep(made.contract.space.cases(1000, 1))[1]) == ["arguments"]


def test_the_processors_questions_are_answered(run):
    assert run("\tCPUID\n\tRDTSC\n\tSYSCALL\n\tRET\n").ending is Ending.RETURNED
