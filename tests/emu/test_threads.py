"""Several threads on the computer: whose registers they are, when one gives way to the next, and that it is the same
in every run."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from asm import assemble_text, link
from asm.stubs import find_run
from emu.events import Step
from emu.loaders.process import Process
from emu.loaders.program import executable, start_run
from emu.machine import Machine
from emu.stepper import Stepper
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.events import ThreadSwitched

# Two threads count, each in its own registers and in memory, until the first one has seen the second one count.
SPIN = """
.intel_syntax noprefix
.globl _start
_start:
    lea rdi, start[rip]
    xor esi, esi
    xor edx, edx
    mov eax, 0x200016e
    syscall
    lea rdi, work[rip]
    xor esi, esi
    lea rdx, top[rip]
    mov r10d, 0x1234
    xor r8d, r8d
    mov eax, 0x2000168
    syscall
    mov eax, 7
    movd xmm0, eax
    mov rbx, 0
wait:
    inc rbx
    cmp qword ptr counted[rip], 1000
    jb wait
    movd edi, xmm0
    mov eax, 0x2000001
    syscall
start:
    call rdx
work:
    mov eax, 99
    movd xmm0, eax
    mov rbx, 0x5000000
again:
    inc rbx
    inc qword ptr counted[rip]
    jmp again
.data
counted: .quad 0
.space 4096
top: .space 256
"""


def machine(time_slice: int) -> Machine:
    """The spinning threads, ready to start."""
    found = Machine(DARWIN)
    program = link([assemble_text(SPIN, "spin.s", dialect="intel")], entry="_start")
    Process(found, executable("spin", program), [b"spin"], {})
    found.kernel.time_slice = time_slice
    return found


@pytest.mark.parametrize("time_slice", [100, 997, 5000])
def test_threads_take_turns_and_keep_their_registers(time_slice: int):
    """The exit status comes from the first thread's XMM0, which the second one writes too."""
    guest = machine(time_slice)
    guest.run_to_end(100_000)
    assert guest.kernel.process.exit is not None
    assert guest.kernel.process.exit.code == 7
    assert guest.cpu.registers.rbx < 0x5000000


def test_a_thread_runs_for_its_time_slice():
    guest = machine(500)
    found = list(Stepper(guest).steps(100_000))
    events = [(entry.position, event) for entry in found for event in entry.events]
    switches = [(position, event) for position, event in events if isinstance(event, ThreadSwitched)]
    assert len(switches) > 4
    distances = [b[0] - a[0] for a, b in pairwise(switches)]
    assert set(distances) == {500}
    assert [event.new for _, event in switches[:4]] == [4243, 4242, 4243, 4242]


def test_two_runs_are_equal_to_the_bit():
    def trace() -> list[Any]:
        guest = machine(123)
        steps = [step for step in Stepper(guest).steps(30_000) if isinstance(step, Step)]
        return [(step.position, step.thread, step.address, step.before) for step in steps]

    assert trace() == trace()


def test_stepping_and_running_are_the_same():
    stepped, run = machine(250), machine(250)
    list(Stepper(stepped).steps(100_000))
    run.run_to_end(100_000)
    assert stepped.position == run.position
    assert stepped.cpu.registers == run.cpu.registers


def test_a_step_says_which_thread_made_it():
    found = find_run("thread", "darwin")
    assert found is not None
    guest = Machine(DARWIN)
    process = start_run(guest, found)
    steps = [step for step in Stepper(guest, process.program).steps(10_000) if isinstance(step, Step)]
    second = process.program.symbols["bsdthread_start"].address
    (first_of_second,) = [step for step in steps if step.address == second]
    assert first_of_second.thread == 4243
    assert {step.thread for step in steps if step.source and "thread.s" in step.source.file} == {4242, 4243}
    for before, after in pairwise(steps):
        if before.thread == after.thread:
            changed = {change.name for change in before.changes} | {"rip", "rflags"}
            assert ("rsp" in changed) or before.before[7] == after.before[7]


@pytest.mark.parametrize(("name", "output"), [("semaphore", b"semaphore done\n"), ("thread", b"thread signalled\n")])
def test_the_programs_of_the_catalogue(name: str, output: bytes):
    found = find_run(name, "darwin")
    assert found is not None
    guest = Machine(DARWIN)
    start_run(guest, found)
    guest.run_to_end(10_000)
    assert guest.kernel.process.exit is not None
    assert (guest.kernel.process.exit.code, guest.kernel.terminal.written(1)) == (0, output)


def test_a_checkpoint_holds_all_threads():
    guest = machine(300)
    guest.run_to_end(2_000)
    state = guest.kernel.checkpoint()
    threads = guest.kernel.process.threads
    assert [thread.tid for thread in state.process.threads] == [4242, 4243]
    assert any(state.thread is thread for thread in state.process.threads)
    assert all(state.thread is not thread for thread in threads)
    sleeper = next(thread for thread in state.process.threads if thread is not state.thread)
    assert sleeper.frame is not None and sleeper.fpu is not None
    assert state.slice_end == guest.kernel.slice_end


@pytest.mark.parametrize("address", [0, 1 << 63, (1 << 47) - 1, 0xFFFF_8000_0000_0000])
def test_a_thread_that_starts_nowhere_ends_the_process_as_a_fault(address: int):
    guest = machine(100)
    guest.run(12)
    guest.kernel.process.thread_start = address  # type: ignore[attr-defined]
    guest.run_to_end(10_000)
    assert guest.kernel.process.exit is not None
    assert guest.kernel.process.exit.signal in ("SIGSEGV", "SIGBUS")
