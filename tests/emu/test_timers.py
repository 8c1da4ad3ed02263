"""Timers on the machine: they stop it at their instruction, however it is run, and sleeping is no work."""

from __future__ import annotations

import struct
from typing import Any

from emu.machine import Machine, Stop
from emu.ram import PAGE
from kernel_stub.cpu import Protection
from kernel_stub.events import SignalDelivered
from kernel_stub.linux.personality import LINUX

CODE, DATA, STACK = 0x400000, 0x600000, 0x7FFF_0000
SIGALRM, SA_RESTORER = 14, 0x0400_0000
ACTION, TIMER, SLEEP, COUNT = DATA, DATA + 0x40, DATA + 0x80, DATA + 0xC0
MICROSECONDS = 3

# Arms a timer, and counts in RBX; the handler counts at COUNT.
BUSY = f"""
mov eax, 13; mov edi, {SIGALRM}; mov esi, {ACTION}; xor edx, edx; mov r10d, 8; syscall
mov eax, 38; xor edi, edi; mov esi, {TIMER}; xor edx, edx; syscall
again: inc rbx; jmp again
handler: inc dword ptr [{COUNT}]; ret
restorer: mov eax, 15; syscall
"""
ARMED = 11  # instructions before the loop


def start(assemble: Any, text: str) -> Machine:
    code = assemble(text.replace("\n", ";"))
    machine = Machine(LINUX)
    machine.space.map(CODE, PAGE, Protection.READ | Protection.EXECUTE)
    for address in (DATA, STACK - PAGE):
        machine.space.map(address, PAGE, Protection.READ | Protection.WRITE)
    machine.space.poke(CODE, code)
    restorer = CODE + len(code) - 7  # five bytes of MOV, two of SYSCALL
    handler = restorer - 8
    machine.space.poke(ACTION, struct.pack("<4Q", handler, SA_RESTORER, restorer, 0))
    machine.space.poke(TIMER, struct.pack("<4q", 0, MICROSECONDS, 0, MICROSECONDS))
    machine.space.poke(SLEEP, struct.pack("<2q", 3600, 0))
    machine.cpu.registers.rip, machine.cpu.registers.rsp = CODE, STACK - 64
    return machine


def run_whole(machine: Machine, budget: int) -> None:
    machine.run_to_end(budget)


def run_by_steps(machine: Machine, budget: int) -> None:
    for _ in range(budget):
        machine.step()


def test_each_expiry_is_handled_before_the_instruction_at_its_position(assemble: Any):
    """Two instructions a turn, four a handler: what RBX is at the third expiry follows."""
    machine = start(assemble, BUSY)
    kernel, found = machine.kernel, []
    kernel.observe = True
    while machine.position < 10_000:
        machine.step()
        for event in kernel.events:
            if isinstance(event, SignalDelivered):
                found.append((machine.position, event.before.rbx))
        kernel.events.clear()
    first, period, handled = ARMED, MICROSECONDS * 1000, 4
    assert found == [(first + period * n, (period * n - handled * (n - 1) + 1) // 2) for n in (1, 2, 3)]


def test_however_it_is_run_it_comes_to_the_same(assemble: Any):
    ends = []
    for run in (run_whole, run_by_steps):
        machine = start(assemble, BUSY)
        run(machine, 10_000)
        ends.append((tuple(machine.cpu.registers.values), machine.space.copy_in(DATA, PAGE), machine.kernel.clock.now))
    assert ends[0] == ends[1]
    assert ends[0][1][COUNT - DATA] == 3


def test_a_sleep_of_an_hour_takes_no_instructions_and_moves_the_time_stamp_counter(assemble: Any):
    text = f"mov eax, 35; mov edi, {SLEEP}; xor esi, esi; syscall; rdtsc; int3"
    machine = start(assemble, text)
    assert machine.run() is Stop.SYSCALL
    assert machine.position == 4
    assert machine.run() is Stop.FAULT
    registers = machine.cpu.registers
    assert machine.kernel.clock.skipped == 3600 * 10**9
    assert machine.kernel.process.exit.signal == "SIGTRAP"
    assert registers.rdx << 32 | registers.rax == 3600 * 10**9 + 4
