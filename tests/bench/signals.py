"""Signals: one sent to itself, the frame, the handler, sigreturn, and once more. On Darwin beside Linux."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from guests import DARWIN_GETPID, GETPID, STACK, our_machine
from measure import Figure, rates, ratio

from asm import intel
from asm.linker import link
from emu.loaders import elf
from emu.loaders.call import load_program
from emu.loaders.process import Process
from emu.machine import Machine, Stop
from emu.ram import PAGE
from kernel_stub.cpu import Protection
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.linux.personality import LINUX

ROUND = 500  # round trips of one measurement's step
NATIVE = 300_000
LATE = 20_000  # round trips before the late measurement

# Installs a handler for SIGUSR1 with SA_SIGINFO | SA_RESTORER, and sends it to itself TURNS times.
PROGRAM = """
.text
.globl _start
_start:
    mov eax, 39
    syscall
    mov r14d, eax
    mov eax, 186
    syscall
    mov r15d, eax
    mov eax, 13
    mov edi, 10
    lea rsi, [rip + action]
    xor edx, edx
    mov r10d, 8
    syscall
    mov rbx, TURNS
again:
    mov eax, 234
    mov edi, r14d
    mov esi, r15d
    mov edx, 10
    syscall
    dec rbx
    jnz again
    mov eax, 231
    xor edi, edi
    syscall
handler:
    ret
restorer:
    mov eax, 15
    syscall
.data
action: .quad handler, 0x4000004, restorer, 0
"""

# The same on Darwin: the trampoline calls the handler and then sigreturn.
DARWIN_PROGRAM = """
.text
.globl _start
_start:
    mov eax, 0x2000014
    syscall
    mov r14d, eax
    mov eax, 0x200002e
    mov edi, 30
    lea rsi, [rip + action]
    xor edx, edx
    syscall
again:
    mov eax, 0x2000025
    mov edi, r14d
    mov esi, 30
    mov edx, 1
    syscall
    jmp again
trampoline:
    mov r12, r8
    mov r13d, esi
    call rdi
    mov eax, 0x20000b8
    mov rdi, r12
    mov esi, r13d
    syscall
handler:
    ret
.data
action: .quad handler, trampoline
    .long 0, 0x40
"""


def round_trips() -> list[Figure]:
    """Beside getpid's rate and the host's own; and whether a delivery costs more late in a run."""
    early, late, getpid = _machine(), _machine(), our_machine(GETPID)
    _turn(late, LATE)

    def calls() -> int:
        for _ in range(ROUND):
            getpid.run()
        return ROUND

    a, b, c = rates(lambda: _turn(early, ROUND), lambda: _turn(late, ROUND), calls)
    return [
        Figure("signal round trips", median(a), "/s", 15_000),
        Figure(f"the same after {LATE:,} of them, of that", ratio(b, a), "x", 0.8),
        Figure("getpid calls in the same run", median(c), "/s"),
        Figure("signal round trips on the host itself", _native(), "/s"),
    ]


def darwin() -> list[Figure]:
    """getpid and the round trip on Darwin, of what they reach on Linux in the same rounds."""
    linux_calls, darwin_calls = our_machine(GETPID), our_machine(DARWIN_GETPID, DARWIN)
    linux_signals, darwin_signals = _machine(), _darwin_machine()

    def calls(machine: Machine) -> int:
        for _ in range(ROUND):
            machine.run()
        return ROUND

    a, b = rates(lambda: calls(darwin_calls), lambda: calls(linux_calls))
    c, d = rates(lambda: _turn(darwin_signals, ROUND), lambda: _turn(linux_signals, ROUND))
    return [
        Figure("getpid on Darwin, of Linux's rate", ratio(a, b), "x", 0.8),
        Figure("signal round trips on Darwin", median(c), "/s"),
        Figure("of Linux's rate", ratio(c, d), "x", 0.8),
    ]


def _darwin_machine() -> Machine:
    """The program, with its handler installed and the first signal sent."""
    machine = Machine(DARWIN)
    program = link([intel.assemble("signals.s", DARWIN_PROGRAM)], entry="_start")
    load_program(machine, program)
    machine.space.map(STACK - 4 * PAGE, 4 * PAGE, Protection.READ | Protection.WRITE)
    machine.cpu.registers.rip, machine.cpu.registers.rsp = program.entry or 0, STACK - 256
    for _ in range(3):
        assert machine.run() is Stop.SYSCALL
    return machine


def _program(turns: int) -> bytes:
    from asm.elf import image

    return image(link([intel.assemble("signals.s", PROGRAM.replace("TURNS", str(turns)))], entry="_start"))


def _machine() -> Machine:
    """The program, with its handler installed and the first signal sent."""
    machine = Machine(LINUX)
    Process(machine, elf.parse("signals", _program(1 << 40)), [b"signals"], {})
    for _ in range(4):
        assert machine.run() is Stop.SYSCALL
    return machine


def _turn(machine: Machine, count: int) -> int:
    """Round trips: a stop at rt_sigreturn, and one at tgkill, each."""
    for _ in range(2 * count):
        machine.run()
    assert not machine.exited
    return count


def _native() -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signals"
        path.write_bytes(_program(NATIVE))
        path.chmod(0o755)
        start = time.perf_counter()
        subprocess.run([path], check=True)
        return NATIVE / (time.perf_counter() - start)
