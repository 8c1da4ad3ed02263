"""Several processes on the computer: each with its own registers and memory, the same in every run; how runs end."""

from __future__ import annotations

import pytest

from asm import assemble_text, link
from emu.events import Ending, Interlude, Step
from emu.loaders.call import Call
from emu.loaders.process import Process
from emu.loaders.program import executable
from emu.machine import Machine, Stop
from emu.runner import Runner
from emu.stepper import Stepper
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.events import ProcessLeft, ProcessReturned, ProcessSwitched
from kernel_stub.linux.personality import LINUX
from kernel_stub.personality import Personality

# Parent and child count in the same register, in XMM0 and at the same address until both have; then the child writes
# what it counted, and the parent, which has waited for it, does so too.
COUNT = """
.intel_syntax noprefix
.globl _start
_start:
    mov eax, 57
    syscall
    mov r12, rax
    mov rbx, 1000
    mov r13, 3
    test r12, r12
    jnz count
    mov rbx, 2000
    mov r13, 5
count:
    movq xmm0, r13
    mov rcx, 300
again:
    movq r14, xmm0
    add qword ptr counted[rip], r14
    add rbx, r14
    dec rcx
    jnz again
    test r12, r12
    jz tell
    mov rdi, r12
    xor esi, esi
    xor edx, edx
    xor r10d, r10d
    mov eax, 61
    syscall
tell:
    sub rbx, counted[rip]
    mov said[rip], rbx
    mov edi, 1
    lea rsi, said[rip]
    mov edx, 2
    mov eax, 1
    syscall
    xor edi, edi
    mov eax, 231
    syscall
.data
counted: .quad 0
said: .quad 0
"""

LEAVE = """
.intel_syntax noprefix
.globl _start
_start:
    mov eax, 57
    syscall
    test eax, eax
    jz child
    mov edi, 4
    mov eax, 231
    syscall
child:
    jmp child
"""

STUCK = """
.intel_syntax noprefix
.globl _start
_start:
    mov eax, 57
    syscall
    mov eax, 34
    syscall
"""


def machine(source: str, time_slice: int = 100) -> Machine:
    """A program's machine, ready to start."""
    found = Machine(LINUX)
    program = link([assemble_text(source, "program.s", dialect="intel")], entry="_start")
    Process(found, executable("program", program), [b"program"], {})
    found.kernel.time_slice = time_slice
    return found


@pytest.mark.parametrize("time_slice", [7, 100, 997, 100_000])
def test_registers_and_memory_are_each_ones_own(time_slice: int):
    guest = machine(COUNT, time_slice)
    guest.run_to_end(100_000)
    assert guest.kernel.terminal.written(1) == (2000).to_bytes(2, "little") + (1000).to_bytes(2, "little")


def test_two_runs_are_equal_to_the_bit():
    def run() -> list[object]:
        return [
            (type(moment), moment.position, [event.text for event in moment.events])
            + ((moment.process, moment.thread, moment.before, moment.reads, moment.writes)
               if isinstance(moment, Step) else ())
            for moment in Stepper(machine(COUNT)).steps(100_000)
        ]  # fmt: skip

    assert run() == run()


@pytest.mark.parametrize("capacity", [1, 1024])
def test_steps_show_the_memory_of_the_process_that_made_them(capacity: int):
    """Also those that were recorded before another process came to run."""
    guest = machine(COUNT)
    child = guest.kernel.process.pid + 1
    counted: dict[int, list[int]] = {}
    for moment in Stepper(guest, capacity=capacity).steps(100_000):
        if isinstance(moment, Step):
            assert moment.thread == moment.process
            if moment.disassembly.startswith("add qword ptr"):
                (access,) = moment.writes
                assert access.value == moment.reads[0].value + moment.before[14]
                counted.setdefault(moment.process, []).append(access.value)
                assert moment.code == b"\x4c\x01\x35" + moment.code[3:]
    assert counted == {child - 1: list(range(3, 901, 3)), child: list(range(5, 1501, 5))}


def test_a_switch_is_an_event_with_the_registers_of_both():
    switches = [
        event
        for moment in Stepper(machine(COUNT)).steps(100_000)
        for event in moment.events
        if isinstance(event, ProcessSwitched)
    ]
    assert {(event.old, event.new) for event in switches} == {(4242, 4243), (4243, 4242)}
    assert all(event.before.r13 == 3 for event in switches[1:] if event.old == 4242)
    assert all(event.registers.r13 == 5 for event in switches[1:] if event.new == 4243)


def test_the_run_ends_with_the_first_process():
    guest = machine(LEAVE)
    stepper = Stepper(guest)
    moments = list(stepper.steps(100_000))
    assert stepper.ended is not None
    assert (stepper.ended.ending, stepper.ended.status) == (Ending.EXITED, (4, None, False))
    assert isinstance(moments[-1].events[-1], ProcessLeft)
    assert Runner(machine(LEAVE), lambda fd, data: None).run() == (4, None, False)


def test_a_run_in_which_all_sleep_for_ever():
    guest = machine(STUCK)
    stepper = Stepper(guest)
    list(stepper.steps(100_000))
    assert stepper.ended is not None and stepper.ended.ending is Ending.WAITING
    assert guest.stuck and not guest.exited
    assert Runner(machine(STUCK), lambda fd, data: None).run() is None


def test_the_memory_of_the_dead_is_free_again():
    source = COUNT.replace("_start:", "_start:\n    mov r15, 40\nonce:").replace(
        "    xor edi, edi\n    mov eax, 231", "    test r12, r12\n    jz end\n    dec r15\n    jnz once\n"
        "end:\n    xor edi, edi\n    mov eax, 231"
    )  # fmt: skip
    guest = machine(source, 100_000)
    used = []
    for _ in range(4):
        while guest.run() is not Stop.SYSCALL or len(guest.kernel.processes) > 1:
            pass
        used.append(guest.space.ram.used)
    assert len(set(used[1:])) == 1


ROUTINE = """
.intel_syntax noprefix
.globl twice
twice:
    mov eax, {fork}
    syscall
    mov rcx, rdx
    {between}
    ret
"""


def called(personality: Personality, between: str = "") -> Machine:
    """A routine that is called alone, and forks."""
    found = Machine(personality)
    number = 57 if personality is LINUX else 0x2000002
    source = ROUTINE.format(fork=number, between=between)
    program = link([assemble_text(source, "routine.s", dialect="intel")])
    (routine,) = (placed for placed in program if placed.symbol.name == "twice")
    Call(found, program, routine, [], "ax").enter([])
    return found


@pytest.mark.parametrize("personality", [LINUX, DARWIN], ids=["linux", "darwin"])
def test_a_routine_that_forks_returns_in_both(personality: Personality):
    guest = called(personality)
    stepper = Stepper(guest)
    moments = list(stepper.steps(1000))
    assert stepper.ended is not None and stepper.ended.ending is Ending.RETURNED
    back = [event.pid for moment in moments for event in moment.events if isinstance(event, ProcessReturned)]
    assert back == [4242, 4243]
    seen = {pid: (guest.registers_of(pid).rax, guest.registers_of(pid).rcx) for pid in (4242, 4243)}
    child = (0, 0) if personality is LINUX else (4243, 1)
    assert seen == {4242: (4243, 0), 4243: child}
    assert guest.kernel.process.pid == 4242


def test_without_a_recorder_it_returns_in_both_too():
    guest = called(DARWIN)
    assert guest.run_to_end(1000) is Stop.EXIT
    assert (guest.registers_of().rcx, guest.registers_of(4243).rcx) == (0, 1)
    assert guest.position == 6


def test_a_child_that_dies_does_not_keep_the_routine_from_returning():
    guest = called(LINUX, "test eax, eax\n    jnz over\n    ud2\nover:")
    stepper = Stepper(guest)
    moments = list(stepper.steps(1000))
    assert stepper.ended is not None and stepper.ended.ending is Ending.RETURNED
    assert [moment.position for moment in moments if isinstance(moment, Interlude)] != []
    assert guest.run_to_end(10) is Stop.EXIT
