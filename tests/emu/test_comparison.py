"""Comparing runs: rows, and what differs, as the two traces show it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asm.stubs import find_run
from emu.alignment import Moment
from emu.comparison import Comparison, Difference, Side, run, set_up, wording
from emu.events import Step
from emu.loaders.program import start_run
from emu.machine import Machine
from emu.start import load
from emu.target import SourceOptions, TargetError
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.events import Event, SignalDelivered, SyscallInterrupted
from kernel_stub.layout import Layout, u64, words
from kernel_stub.linux.personality import LINUX

BUDGET = 20_000


def compared(line: str, **options: str) -> Comparison:
    """`rawsyscall close 99` on both systems."""
    target, *arguments = line.split()
    ready = set_up(target, arguments, SourceOptions(), **options)
    left, right = (run(subject, personality, BUDGET) for subject, personality in ready)
    return Comparison(left, right, arguments)


def rows(comparison: Comparison) -> list[str]:
    """Each row as its two instructions with sdiff's mark between them."""
    marks = {(True, True): "|", (True, False): "<", (False, True): ">"}
    shown = []
    for row in comparison.rows:
        mark = "=" if row.same else marks[row.left is not None, row.right is not None]
        shown.append(" ".join(part for part in (_text(row.left), mark, _text(row.right)) if part))
    return shown


def _text(moment: object) -> str:
    return wording(moment) if isinstance(moment, Step) else ""


def named(comparison: Comparison) -> dict[str, Difference]:
    found = {difference.name: difference for difference in comparison.differences}
    assert len(found) == len(comparison.differences)
    return found


# Rows ---------------------------------------------------------------------------------------------


def test_the_failing_rawsyscall_row_by_row():
    assert rows(compared("rawsyscall close 99")) == [
        "MOVQ 16(SP), DI = MOVQ 16(SP), DI",
        "MOVQ 24(SP), SI = MOVQ 24(SP), SI",
        "MOVQ 32(SP), DX = MOVQ 32(SP), DX",
        "MOVQ 8(SP), AX = MOVQ 8(SP), AX",
        "> ADDQ $0x2000000, AX",
        "SYSCALL = SYSCALL",
        "CMPQ AX, $0xfffffffffffff001 <",
        "JLS ok1 | JCC ok1",
        "MOVQ $-1, 40(SP) = MOVQ $-1, 40(SP)",
        "MOVQ $0, 48(SP) = MOVQ $0, 48(SP)",
        "NEGQ AX <",
        "MOVQ AX, 56(SP) = MOVQ AX, 56(SP)",
        "RET = RET",
    ]


def test_where_only_one_run_fails_the_paths_are_not_mixed():
    """20 is writev on Linux and getpid on Darwin."""
    comparison = compared("rawsyscall 20 99")
    one_sided = [row for row in comparison.rows if not (row.left and row.right)]
    assert comparison.left.results[0].signed == -1
    assert comparison.right.results[0].signed == 4242
    stores = [_text(row.left) for row in one_sided if row.left and "SP" in _text(row.left)]
    assert stores == ["MOVQ $-1, 40(SP)", "MOVQ $0, 48(SP)", "MOVQ AX, 56(SP)"]


@pytest.mark.parametrize("line", ["rawsyscall getpid", "syscall write 1 hello 5", "mmap 0 4096 3 0x1002 -1 0", "notok"])
def test_rows_hold_every_step_of_both_runs_in_order(line: str):
    comparison = compared(line)
    assert [row.left for row in comparison.rows if row.left] == list(comparison.left.moments)
    assert [row.right for row in comparison.rows if row.right] == list(comparison.right.moments)


def test_rows_name_the_routine():
    comparison = compared("syscall getpid")
    names = list(dict.fromkeys(row.routine for row in comparison.rows))
    assert names == ["syscall.Syscall", "sys.entersyscall", "sys.exitsyscall"]


# Differences --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("byteptr 7", []),
        ("notok", []),
        ("rawsyscall close 99", ["prefix", "number", "carry flag", "error test", "negation"]),
        ("rawsyscall getpid", ["prefix", "number", "carry flag", "error test"]),
        ("rawsyscall write 1 x 1", ["prefix", "number", "carry flag", "error test", "RDX", "results"]),
        ("close 99", ["prefix", "number", "carry flag", "negation", "results"]),
        ("exit 3", ["prefix", "other call"]),
        ("rawsyscall fcntl 0 F_SETFL O_APPEND", [
            "prefix", "number", "names", "carry flag", "error test", "RDX", "results",
        ]),
    ],
)  # fmt: skip
def test_what_differs_is_named(line: str, expected: list[str]):
    assert list(named(compared(line))) == expected


def test_each_difference_says_where_it_shows():
    found = named(compared("rawsyscall close 99"))
    assert {name: (d.left, d.right) for name, d in found.items()} == {
        "prefix": ((4,), (4, 5)),
        "number": ((4,), (5,)),
        "carry flag": ((4,), (5,)),
        "error test": ((5, 6), (6,)),
        "negation": ((4, 9), (5,)),
    }


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        ("rawsyscall close 99", "prefix", ["Darwin", "0x2000006", "class 2 (BSD calls)", "number 6", "RAX is 3"]),
        ("rawsyscall close 99", "number", ["close is 3 on Linux and 6 on Darwin"]),
        ("rawsyscall close 99", "carry flag", ["Darwin's kernel sets", "close failed"]),
        ("rawsyscall getpid", "carry flag", ["Darwin's kernel clears", "getpid succeeded"]),
        ("rawsyscall close 99", "error test", ["-4095", "-4094..-1 are errors (CMPQ, JLS)", "alone (JCC)"]),
        ("write 1 x 1", "error test", ["Linux's routine doesn't look at the answer", "carry flag alone (JCC)"]),
        ("rawsyscall close 99", "negation", ["EBADF as -9", "turns it round (NEGQ)", "Darwin answers 9 as it is"]),
        ("close 99", "negation", ["EBADF as -9", "leaves it so"]),
        ("rawsyscall write 1 x 1", "RDX", ["Darwin's", "left 0x0 in RDX, where 0x1 was", "RDX keeps 0x1"]),
        ("rawsyscall write 1 x 1", "results", ["r2 is 1 on Linux and 0 on Darwin"]),
        ("exit 3", "other call", ["Linux is asked for exit_group (231) and Darwin for exit (1)"]),
        ("rawsyscall fcntl 0 F_SETFL O_APPEND", "names", ["O_APPEND is 1024 on Linux and 8 on Darwin"]),
        ("int32ptr SIGCHLD", "names", ["SIGCHLD is 17 on Linux and 20 on Darwin"]),
        ("rawsyscall 20 99", "outcome", ["EBADF", "4242"]),
    ],
)
def test_a_difference_is_told_in_a_sentence(line: str, name: str, words: list[str]):
    text = named(compared(line))[name].text
    assert [word for word in words if word not in text] == []
    assert text.endswith(".")


def test_an_answer_that_was_injected_is_compared_like_any_other():
    text = named(compared("rawsyscall close 0", returns="EAGAIN"))["errno"].text
    assert text == "EAGAIN is 11 on Linux and 35 on Darwin."


def test_a_call_that_is_not_simulated_is_not_passed_off_as_the_systems_answer():
    comparison = compared("rawsyscall 30")  # shmat on Linux, accept on Darwin
    assert named(comparison)["not simulated"].text.startswith(
        "Not simulated: shmat on Linux, accept on Darwin. "
    )
    assert "outcome" not in named(comparison)


def test_where_a_child_finds_that_it_is_one_differs():
    found = named(compared("rawsyscall fork"))["child"]
    assert found.text == (
        "fork on Linux: RAX is 0 in the child, and the child's id in the parent. "
        "fork on Darwin: RAX is the child's id in both, and RDX 1 in the child and 0 in the parent."
    )
    assert (found.left, found.right) == ((4,), (5,))


def test_what_an_interrupted_call_answers_is_its_answer():
    """It comes when a handler has been chosen, and the routine looks at it when that one is over."""
    comparison = compared("eintr")
    found = {difference.name: difference for difference in comparison.differences}
    assert found["negation"].text == (
        "Linux answers EINTR as -4, and the routine turns it round (NEGQ); Darwin answers 4 as it is, so there is "
        "nothing to negate."
    )
    assert found["carry flag"].text.startswith("Darwin's kernel sets the carry flag to say that read failed; ")
    left, right = (_interrupted(side) for side in (comparison.left, comparison.right))
    negated = next(step.position for step in steps(comparison.left) if wording(step) == "NEGQ AX")
    assert (found["negation"].left, found["negation"].right) == ((left, negated), (right,))
    assert left in found["carry flag"].left and right in found["carry flag"].right
    assert all(len(set(places)) == len(places) for one in comparison.differences for places in (one.left, one.right))


def _interrupted(side: Side) -> int:
    return next(position for position, event in side.events if isinstance(event, SyscallInterrupted))


def steps(side: Side) -> list[Step]:
    return [moment for moment in side.moments if isinstance(moment, Step)]


def test_instructions_that_nothing_else_explains_are_listed():
    comparison = compared("mmap 0 4096 3 0x1002 -1 0")
    found = named(comparison)["instructions"]
    assert found.text.startswith("Only Linux runs MOVL R10, AX; ANDL $~0x1000, R10; ANDL $0x1000, AX; SHRL $7, AX; ")
    assert found.left[:5] == (6, 7, 8, 9, 10)


def test_rows_carry_the_names_of_the_differences_that_they_show():
    comparison = compared("rawsyscall close 99")
    notes = {text: note for text, note in zip(rows(comparison), comparison.notes, strict=True) if note}
    assert notes == {
        "> ADDQ $0x2000000, AX": ("prefix",),
        "SYSCALL = SYSCALL": ("prefix", "number", "carry flag", "negation"),
        "CMPQ AX, $0xfffffffffffff001 <": ("error test",),
        "JLS ok1 | JCC ok1": ("error test",),
        "NEGQ AX <": ("negation",),
    }


def test_a_run_does_not_differ_from_itself():
    side = compared("rawsyscall close 99").left
    comparison = Comparison(side, side)
    assert all(row.same for row in comparison.rows)
    assert comparison.differences == ()


# Programs and signals -----------------------------------------------------------------------------


def program(name: str) -> Side:
    """A program that Linux runs, as one side."""
    found = find_run(name, "linux")
    assert found is not None
    return run(start_run(Machine(LINUX), found), LINUX, BUDGET)


@pytest.fixture(scope="module")
def sigquit() -> Side:
    return program("sigquit")


def test_a_routine_that_changed_is_aligned_within_a_whole_program(sigquit: Side):
    comparison = Comparison(sigquit, program("sigquit-before"))
    lost = [_text(row.left) for row in comparison.rows if row.right is None and row.routine == "sigtramp"]
    assert lost == ["MOVQ 32(R14), R15"]
    aligned = [delivered(row.left) and delivered(row.right) for row in comparison.rows]
    assert aligned.count(True) == 1
    assert sum(map(delivered, sigquit.moments)) == 1


def delivered(moment: Moment | None) -> bool:
    """Whether a handler was entered then."""
    return moment is not None and any(isinstance(event, SignalDelivered) for event in moment.events)


def as_darwin_delivers(side: Side) -> Side:
    """The run, but its handlers entered as facts about Darwin say: sa_tramp, its registers, no return address."""
    moments = (moment._replace(events=tuple(map(_darwin, moment.events))) for moment in side.moments)
    return replace(side, personality=DARWIN, moments=tuple(moments))


def _darwin(event: Event) -> Event:
    if not isinstance(event, SignalDelivered):
        return event
    registers = event.registers.copy()
    top = event.pieces[0].address & -16
    layouts = {"mcontext": 712, "siginfo": 104, "ucontext64": 56}
    pieces, address = [], top + 16
    for name, size in layouts.items():
        layout = Layout(name, u64("first"), words("rest", size // 8 - 1))
        pieces.append(event.pieces[0]._replace(address=address, layout=layout, data=bytes(size)))
        address += size
    registers.rsp = top - 8
    registers.rdi, registers.rdx = event.action.handler, event.info.signal
    registers.rsi = event.info.signal  # an infostyle that looks like it, as 30 does for SIGUSR1
    registers.rcx, registers.r8 = pieces[1].address, pieces[2].address
    return event._replace(pieces=tuple(pieces), registers=registers)


def test_how_handlers_are_entered_and_left_is_told_from_the_delivery(sigquit: Side):
    found = named(Comparison(sigquit, as_darwin_delivers(sigquit)))
    assert list(found) == ["entry", "way back", "frame order"]
    positions = tuple(moment.position for moment in sigquit.moments if delivered(moment))
    assert {difference.left for difference in found.values()} == {positions}
    assert "Linux's kernel enters the handler itself (sigtramp), with the signal in RDI" in found["entry"].text
    assert "Darwin's kernel enters a trampoline, sa_tramp (sigtramp)" in found["entry"].text
    assert "with the handler (sigtramp) in RDI and the signal in RDX" in found["entry"].text
    assert "Linux puts sa_restorer (sigreturn) at RSP" in found["way back"].text
    assert "Darwin puts no return address at RSP" in found["way back"].text
    assert "ucontext64 (56 bytes), siginfo (104 bytes), mcontext (712 bytes) on Darwin" in found["frame order"].text
    assert "_xstate" in found["frame order"].text.partition("rt_sigframe")[0]


def test_a_fault_and_the_instruction_after_it_share_a_position_but_not_a_note():
    side = program("sigsegv")
    comparison = Comparison(side, as_darwin_delivers(side))
    noted = [row for row, note in zip(comparison.rows, comparison.notes, strict=True) if note]
    position = noted[0].left.position if noted[0].left else None
    assert [_text(row.left) for row in noted] == ["MOVQ BP, (BP)"]
    assert [row.left.position for row in comparison.rows if row.left].count(position or 0) == 2


def test_calls_are_joined_where_the_routines_that_make_them_are_not_alike(tmp_path: Path):
    source = tmp_path / "calls.s"
    source.write_text(
        "TEXT \u00b7outer(SB),7,$0\n\tCALL\t\u00b7ask(SB)\n\tRET\n"
        "TEXT \u00b7ask(SB),7,$0\n\tMOVL\t$39, AX\n\tSYSCALL\n\tRET\n"
        "TEXT \u00b7plain(SB),7,$0\n\tMOVL\t$39, AX\n\tSYSCALL\n\tRET\n"
    )
    left, right = (_routine(f"{source}:{name}") for name in ("outer", "plain"))
    shown = rows(Comparison(left, right))
    assert [row for row in shown if "=" in row] == ["SYSCALL = SYSCALL"]
    assert len(shown) == len(left.moments) + len(right.moments) - 1


def test_calls_answer_to_calls_of_the_same_routine(tmp_path: Path):
    source = tmp_path / "calls.s"
    source.write_text(
        "TEXT \u00b7caller1(SB),7,$0\n\tCALL\t\u00b7f(SB)\n\tCALL\t\u00b7g(SB)\n\tRET\n"
        "TEXT \u00b7caller2(SB),7,$0\n\tCALL\t\u00b7f(SB)\n\tRET\n"
        "TEXT \u00b7f(SB),7,$0\n\tRET\nTEXT \u00b7g(SB),7,$0\n\tRET\n"
    )
    left, right = (_routine(f"{source}:{name}") for name in ("caller1", "caller2"))
    shown = rows(Comparison(left, right))
    call, other = "CALL \u00b7f(SB)", "CALL \u00b7g(SB)"
    assert shown == [f"{call} = {call}", "RET = RET", f"{other} <", "RET <", "RET = RET"]


def _routine(target: str) -> Side:
    machine = Machine(LINUX)
    return run(load(machine, target, [], SourceOptions(dialect="go2008")), LINUX, BUDGET)


# Setting up ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "system"), [("futex", "linux"), ("mach_task_self", "darwin")])
def test_a_target_of_one_system_is_refused(target: str, system: str):
    with pytest.raises(TargetError, match=f"{target} is on {system} only.*ringside trace {target} --os {system}"):
        set_up(target, [], SourceOptions())


def test_programs_are_set_up_on_both_systems(monkeypatch: pytest.MonkeyPatch):
    linux = find_run("sigchld", "linux")
    monkeypatch.setattr("emu.start.find_run", lambda name, system, options: linux if name == "both" else None)
    with pytest.raises(TargetError, match="is a program that takes no arguments"):
        set_up("both", ["1"], SourceOptions())
    (left, linux_of), (right, darwin_of) = set_up("both", [], SourceOptions())
    assert (linux_of, darwin_of) == (LINUX, DARWIN)
    comparison = Comparison(run(left, linux_of, BUDGET), run(right, darwin_of, BUDGET))
    assert comparison.left.called == comparison.right.called == "sigchld"
    assert "end" in named(comparison)  # Darwin's kernel knows no call without a class
