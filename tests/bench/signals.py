"""Signals: tgkill to itself, the frame, the handler, rt_sigreturn, and once more."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from guests import GETPID, our_machine
from measure import Figure, rates, ratio

from asm import intel
from asm.linker import link
from emu.loaders import elf
from emu.loaders.process import Process
from emu.machine import Machine, Stop
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
