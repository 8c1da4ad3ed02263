"""Positions are exact: whichever way a program is run, the same counts, registers and stops.

Every program is run in one go, in steps of one and seven, in random pieces, recorded, and with the
Python callbacks; what single steps show is the reference, and tests/oracle compares those with the host.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emu.cpu import Stop
from emu.ram import PAGE
from emu.recorder import WIDTH, Recorder
from kernel_stub.cpu import GENERAL, Protection

LENGTH = 60  # instructions that a program is watched for
State = tuple[int, tuple[int, ...]]  # position, general registers

PROGRAMS = {  # source, and how many instructions it retires up to and with its last (INT3)
    "straight line": ("mov eax, 1; add rax, rax; push rax; pop rbx; int3", 5),
    "loop": ("mov ecx, 4; again: dec ecx; jnz again; int3", 1 + 4 * 2 + 1),
    "loop instruction": ("mov ecx, 4; again: loop again; int3", 1 + 4 + 1),
    "loop with a 32-bit counter": ("mov rcx, 0x100000002; again: .byte 0x67, 0xe2, 0xfd; int3", 1 + 2 + 1),
    "conditional jump to itself, not taken": ("xor eax, eax; again: jnz again; int3", 3),
    "call and return": ("call next; next: add rsp, 8; call sub; int3; sub: ret", 3 + 1 + 1),
    "rep movsb, count 0": ("xor ecx, ecx; rep movsb; int3", 1 + 1 + 1),
    "rep movsb, count 1": ("mov ecx, 1; rep movsb; int3", 1 + 1 + 1),
    "rep movsb, count 5": ("mov ecx, 5; rep movsb; int3", 1 + 5 + 1),
    "rep stosb, count 0": ("xor ecx, ecx; rep stosb; int3", 3),
    "rep stosb, count 1": ("mov ecx, 1; rep stosb; int3", 3),
    "rep stosb, count 5": ("mov ecx, 5; rep stosb; int3", 7),
    "rep lodsq, count 0": ("xor ecx, ecx; rep lodsq; int3", 3),
    "rep lodsq, count 1": ("mov ecx, 1; rep lodsq; int3", 3),
    "rep lodsq, count 5": ("mov ecx, 5; rep lodsq; int3", 7),
    "rep movsw backwards": ("std; mov ecx, 3; lea rsi, [rsi + 16]; rep movsw; int3", 3 + 3 + 1),
    "repe cmpsb, count 0": ("xor ecx, ecx; repe cmpsb; int3", 3),
    "repe cmpsb, all equal": ("mov ecx, 5; repe cmpsb; int3", 7),
    "repe cmpsb, ends at the second": ("mov byte ptr [rdi + 1], 9; mov ecx, 5; repe cmpsb; int3", 2 + 2 + 1),
    "repe cmpsb, ends at the first": ("mov byte ptr [rdi], 9; mov ecx, 5; repe cmpsb; int3", 2 + 1 + 1),
    "repe cmpsb, differs at the last": ("mov byte ptr [rdi + 4], 9; mov ecx, 5; repe cmpsb; int3", 2 + 5 + 1),
    "repne scasb, finds at once": ("mov ecx, 5; mov al, 0; repne scasb; int3", 2 + 1 + 1),
    "repne scasb, finds the third": ("mov byte ptr [rdi + 2], 7; mov ecx, 5; mov al, 7; repne scasb; int3", 3 + 3 + 1),
    "repne scasb, finds nothing": ("mov ecx, 5; mov al, 7; repne scasb; int3", 2 + 5 + 1),
    "repe scasb, count 1": ("mov ecx, 1; mov al, 7; repe scasb; int3", 2 + 1 + 1),
    "rep counts in ECX": ("mov rcx, 0x100000003; .byte 0x67, 0xf3, 0xa4; int3", 1 + 3 + 1),
    "rep counts in ECX, prefixes the other way": ("mov rcx, 0x100000003; .byte 0xf3, 0x67, 0xaa; int3", 1 + 3 + 1),
    "rep with ECX zero and RCX not": ("mov rcx, 0x100000000; .byte 0x67, 0xf3, 0xa4; int3", 1 + 1 + 1),
    "rep movsd, count 2": ("mov ecx, 2; rep movsd; int3", 1 + 2 + 1),
    "one rep after another": (
        "mov ecx, 2; rep movsb; mov ecx, 3; rep stosb; xor ecx, ecx; rep lodsb; int3", 1 + 2 + 1 + 3 + 2 + 1
    ),
    "the same rep in a loop": (
        "mov edx, 3; again: mov ecx, 2; rep movsb; dec edx; jnz again; int3", 1 + 3 * (1 + 2 + 2) + 1
    ),
    "a rep that jumps fall into": ("mov ecx, 2; jmp in; in: rep stosb; int3", 2 + 2 + 1),
    "pause and rep ret": ("call sub; int3; sub: pause; .byte 0xf3, 0xc3", 1 + 2 + 1),
    "faults in between": ("mov eax, 1; mov bl, [0]; int3", 1),
    "undefined": ("nop; nop; ud2", 2),
    "divide": ("nop; div ecx", 1),
    "privileged": ("nop; in al, dx", 1),
    "system call": ("nop; syscall; nop; int3", 4),
}  # fmt: skip


def states(machine: Any, step: Callable[[], Stop]) -> Iterator[tuple[Stop, State]]:
    """What each step leaves, until a fault ends the run or `LENGTH` is reached."""
    while machine.retired < LENGTH:
        stop = step()
        yield stop, (machine.retired, tuple(machine.registers.values))
        if stop is Stop.FAULT:
            return


class Reference:
    """What single steps show: the registers at each position, and the fault at the end, if there is one."""

    def __init__(self, machine: Any) -> None:
        self.at = {0: tuple(machine.registers.values)}
        self.fault: tuple[Any, State] | None = None
        self.last = 0
        for stop, (position, registers) in states(machine, lambda: machine.run(1)):
            self.last = position
            if stop is Stop.FAULT:
                self.fault = (machine.cpu.fault, (position, registers))
            else:
                self.at[position] = registers

    def check(self, machine: Any, stop: Stop, state: State) -> None:
        if stop is Stop.FAULT:
            assert (machine.cpu.fault, state) == self.fault
        else:
            assert state[1] == self.at[state[0]]


def check_pieces(machine: Any, reference: Reference, sizes: Callable[[], int]) -> None:
    """Run in pieces; at every stop the registers are the reference's for that position."""
    for stop, state in states(machine, lambda: machine.run(min(sizes(), LENGTH - machine.retired))):
        reference.check(machine, stop, state)
    assert machine.retired == reference.last


def check_recorded(machine: Any, reference: Reference, capacity: int, memory: bool) -> None:
    """Record with a buffer of this capacity: rows and stops are the reference's."""
    recorder, general = Recorder(capacity, memory=memory), len(GENERAL)
    for stop, state in states(machine, lambda: recorder.run(machine.cpu, LENGTH - machine.retired)):
        reference.check(machine, stop, state)
        for i in range(recorder.count):
            row = tuple(recorder.rows[i * WIDTH : i * WIDTH + general])
            assert row == reference.at[recorder.first + i][:general]
    assert machine.retired == reference.last


def check_every_way(make: Callable[..., Any]) -> Reference:
    """`make()` and `make(native_callbacks=False)` are fresh machines with the same program."""
    reference = Reference(make())
    source = random.Random(1)
    for sizes in (lambda: LENGTH, lambda: 7, lambda: source.randrange(1, 9)):
        check_pieces(make(), reference, sizes)
    for capacity, memory in ((1, True), (3, False), (1000, True)):
        check_recorded(make(), reference, capacity, memory)
    check_pieces(make(native_callbacks=False), reference, lambda: 5)
    check_recorded(make(native_callbacks=False), reference, 4, True)
    return reference


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_way_of_running_agrees(guest: Callable[..., Any], name: str):
    code, retired = PROGRAMS[name]
    assert check_every_way(lambda **options: guest(code, **options)).last == retired


def test_a_run_without_a_limit_retires_as_many(guest: Callable[..., Any]):
    for name, (code, retired) in PROGRAMS.items():
        machine = guest(code)
        while machine.run() is Stop.SYSCALL:
            pass
        assert machine.retired == retired, name


def test_a_jump_to_itself_counts_each_time(guest: Callable[..., Any]):
    machine = guest("again: jmp again")
    for limit, position in ((1, 1), (7, 8), (1000, 1008)):
        assert (machine.run(limit), machine.at, machine.retired) == (Stop.LIMIT, 0, position)


def test_a_rep_stops_in_the_middle_and_goes_on(guest: Callable[..., Any]):
    machine = guest("mov ecx, 9; rep movsb; int3")
    assert machine.run(4) is Stop.LIMIT
    assert (machine.registers.rcx, machine.registers.rsi - guest.DATA, machine.at) == (6, 3, 5)
    assert machine.run(6) is Stop.LIMIT
    assert (machine.registers.rcx, machine.at, machine.retired) == (0, 7, 10)
    assert machine.run() is Stop.FAULT
    assert machine.retired == 11


def test_a_rep_is_left_by_a_page_fault_and_resumed(guest: Callable[..., Any]):
    def run(machine: Any, pieces: int | None) -> list[Any]:
        end = guest.DATA + 4 * PAGE
        machine.start(rdi=end - 3, rcx=8)
        seen = []
        while True:
            stop = machine.run(pieces)
            if stop is Stop.LIMIT:
                continue
            seen.append((stop, machine.cpu.fault.address, machine.retired, tuple(machine.registers.values)))
            if machine.at != 0:
                return seen
            machine.space.map(end, PAGE, Protection.READ | Protection.WRITE)

    seen = run(guest("rep stosb; int3"), None)
    assert [(state[1], state[2]) for state in seen] == [(guest.DATA + 4 * PAGE, 3), (0, 9)]
    assert seen[0][3][2] == 5  # RCX
    for pieces in (1, 2, 7):
        assert run(guest("rep stosb; int3"), pieces) == seen
    assert run(guest("rep stosb; int3", native_callbacks=False), None) == seen


def test_a_rep_that_faults_at_its_first_iteration_has_not_retired(guest: Callable[..., Any]):
    machine = guest("rep movsb").start(rcx=5, rsi=0)
    for _ in range(3):
        assert machine.fault().vector == 14
        assert (machine.retired, machine.registers.rcx, machine.at) == (0, 5, 0)


SELF_CHANGING = {
    "the instruction behind": ("mov word ptr [rbx], 0x9090; inc eax; nop; int3", 5, 5),
    "an immediate that was run": ("again: mov eax, 1; inc byte ptr [rbx]; cmp eax, 4; jne again; int3", 1, 4 * 4 + 1),
    "by INC of a word": ("again: mov eax, 1; inc dword ptr [rbx]; cmp eax, 3; jne again; int3", 1, 3 * 4 + 1),
    "by PUSH": ("mov rsp, rbx; push rax; nop; nop; nop; nop; nop; nop; nop; nop; int3", 13, 11),
    "by a string instruction": ("mov rdi, rbx; mov al, 0x90; stosb; inc eax; int3", 6, 5),
    "by XADD": ("mov eax, 1; lock xadd [rbx], al; mov edx, 5; int3", 10, 4),
}  # source, where RBX points in the code, instructions


@pytest.mark.parametrize("name", SELF_CHANGING)
def test_an_instruction_that_changes_the_code_around_it_counts_once(guest: Callable[..., Any], name: str):
    code, where, retired = SELF_CHANGING[name]

    def make(**options: Any) -> Any:
        machine = guest(code, writable_code=True, **options)
        return machine.start(rbx=guest.CODE + where, rax=0x9090_9090_9090_9090 if "PUSH" in name else 0)

    assert check_every_way(make).last == retired


FLAG_SETTERS = ("add rbx, rax", "sub rbx, rdx", "shl edx, 1", "neg rdx", "cmp rdx, rax", "xadd ecx, edx", "scasb")
TRAPS = (
    "mov al, [0]", "syscall", "cpuid", "rdtsc", "in al, dx", "insb", "sysenter", "div r8", "ud2", "hlt", "int3",
    "int 0x21", "int1", "jmp r9", "push qword ptr [0]", "rdpmc",
)  # fmt: skip


@pytest.mark.parametrize("native", [True, False], ids=["native", "python"])
@pytest.mark.parametrize("trap", TRAPS)
def test_flags_at_a_trap_are_those_that_the_instruction_before_it_left(
    guest: Callable[..., Any], trap: str, native: bool
):
    """The engine computes flags late, and forgets how when a trap comes right behind: all but two were wrong."""

    def flags(code: str, limit: int | None) -> tuple[int, int]:
        machine = guest(code, native_callbacks=native).start(rdx=3, r9=1 << 63)
        while machine.run(limit) is Stop.LIMIT:
            pass
        return machine.registers.rflags, machine.retired

    for setter in FLAG_SETTERS:
        assert flags(f"{setter}; {trap}", None) == flags(f"{setter}; {trap}", 1), setter


FRAGMENTS = (
    "inc eax", "add rbx, rax", "imul rdx, rbx, 3", "mov [rsi + 8], rbx", "mov rcx, [rsi]", "push rax; pop rdx",
    "movsb", "std; lodsw; cld", "mov ecx, {n}; rep movsb", "mov ecx, {n}; rep stosq", "mov ecx, {n}; repe cmpsb",
    "mov ecx, {n}; repne scasb", "mov ecx, {n}; .byte 0x67, 0xf3, 0xa4", "mov ecx, {n}; .byte 0xf2, 0xaa",
    "mov ecx, {m}; l{i}: dec ecx; jnz l{i}", "mov ecx, {m}; l{i}: loop l{i}", "call l{i}; l{i}: pop r8",
    "jmp l{i}; ud2; l{i}: nop", "movups xmm0, [rsi + 1]; movups [rdi], xmm0", "xadd [rdi], eax", "syscall",
    "cmp eax, ebx; jb l{i}; not eax; l{i}: nop", "jrcxz l{i}; bswap rcx; l{i}: nop", "fld1; fstp qword ptr [rsi]",
)  # fmt: skip


@st.composite
def programs(draw: st.DrawFn) -> str:
    chosen = draw(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6))
    small, positive = st.integers(0, 4), st.integers(1, 4)
    filled = [
        text.replace("{i}", str(i)).replace("{n}", str(draw(small))).replace("{m}", str(draw(positive)))
        for i, text in enumerate(chosen)
    ]
    return "; ".join((*filled, draw(st.sampled_from(("int3", "ud2", "hlt", "mov al, [0]")))))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs())
def test_every_way_of_running_a_random_program_agrees(guest: Callable[..., Any], code: str):
    check_every_way(lambda **options: guest(code, **options))
