"""The same program in the emulator, one instruction at a time: all that this comparison knows of emu."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from asm.elf import image
from asm.program import Program
from emu.disassembler import LONGEST, Disassembler
from emu.loaders import elf
from emu.loaders.process import Process
from emu.machine import Machine
from kernel_stub.cpu import BadAddress, no_pager
from kernel_stub.linux import fpstate, signal_frame
from kernel_stub.linux.personality import LINUX
from kernel_stub.process import Credentials, Neighbour
from tests.oracle.signals.native import TYPED, Run

PAGE = 4096
GENERAL = (
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15", "rip", "rflags", "cs", "ss", "ds", "es", "fs", "gs", "fs_base", "gs_base",
)  # fmt: skip


def use_xsave_size(patch: Callable[[object, str, object], None], size: int) -> None:
    """Makes the emulated kernel's XSAVE area as large as the host's, so that frames lie at the same addresses;
    what is in it beyond x87 and SSE is zeros."""
    legacy = fpstate.SW_RESERVED.whole.codec.pack(
        fpstate.MAGIC1, size + 4, fpstate.FEATURES, size, bytes(28)
    ) + fpstate.FEATURES.to_bytes(8, "little")
    tail = legacy.ljust(size - 464, b"\0") + fpstate.MAGIC2.to_bytes(4, "little")
    patch(signal_frame, "MOST", signal_frame.MOST + size + 4 - fpstate.SIZE)
    for name, value in {"AREA": size, "SIZE": size + 4, "TAIL": tail}.items():
        patch(fpstate, name, value)


@dataclass(frozen=True, slots=True)
class State:
    """Registers by name and the watched memory, before an instruction."""

    registers: dict[str, int]
    memory: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Everything about a run that is over: how it ended, what it wrote, how many instructions it took."""

    ending: str
    output: tuple[bytes, bytes]
    position: int
    state: State


def load(program: Program, options: frozenset[str]) -> Machine:
    """A machine with one of our programs, about to start."""
    machine = Machine(LINUX, stdin=TYPED if "typed" in options else b"")
    machine.kernel.terminal.open = True  # a read without a line waits
    Process(machine, elf.parse("program", image(program)), [b"program"], {})
    return machine


class Emulated:
    """One run of a program that a machine has just loaded, as a process with the ids of a native run."""

    def __init__(self, machine: Machine, program: Program, run: Run) -> None:
        self.watched = run.watched
        self.program = program
        self.machine = machine
        self._disassembler = Disassembler()
        process = machine.kernel.process
        process.pid = process.tid = process.pgrp = run.pid
        process.ppid = run.parent
        process.neighbours = (Neighbour(process.ppid, process.session, os.getuid()),)  # so the group is no orphan
        process.credentials = Credentials(os.getuid(), os.getgid(), os.geteuid(), os.getegid())
        if len(run.watched.ranges) > 1:  # the host's stack has more above RSP than ours, so it starts lower
            machine.cpu.registers.rsp = run.states[0].registers["rsp"]
        self._stand = False  # whether the state that the machine is in has not been given yet
        self._begun = False

    def next_state(self) -> State | None:
        """The state before the next instruction; None when the process is gone, or will not run again."""
        if self._begun and not self._stand:
            self.machine.step()
        self._begun, self._stand = True, False
        return None if self.over else self.state()

    @property
    def over(self) -> bool:
        """Whether nothing will run any more."""
        return self.machine.exited or self.machine.stuck

    def run_on(self, budget: int) -> None:
        """Runs at full speed to the end."""
        self.machine.run_to_end(budget)

    def send_continue(self) -> None:
        """SIGCONT from the parent."""
        kernel = self.machine.kernel
        kernel.deliver_at(self.machine.position, "SIGCONT")
        kernel.tick(self.machine.cpu.registers)
        self._stand = True

    def state(self) -> State:
        """Where the machine stands."""
        registers = self.machine.cpu.registers
        return State({name: getattr(registers, name) for name in GENERAL}, self.snapshot())

    def end(self) -> End:
        """The end, when the run is over."""
        return End(self.ending, self.output, self.machine.position, self.state())

    def snapshot(self) -> bytes:
        """The watched memory; pages that can't be read count as zeros."""
        space = self.machine.space
        pager, space.pager = space.pager, no_pager
        try:
            return b"".join(
                self._page(address, min(PAGE, part.stop - address))
                for part in self.watched.ranges
                for address in range(part.start, part.stop, PAGE)
            )
        finally:
            space.pager = pager

    def _page(self, address: int, size: int) -> bytes:
        try:
            return self.machine.space.copy_in(address, size)
        except BadAddress:
            return bytes(size)

    @property
    def xsave_bytes(self) -> int:
        """What the emulated kernel reserves for the XSAVE area and its last mark."""
        return fpstate.SIZE

    @property
    def ending(self) -> str:
        """How the process ended, as programs' heads put it; `still running` if it did not."""
        process = self.machine.kernel.process
        status = process.exit
        if status is None:
            stopped = process.stopped
            if stopped is not None:
                return f"stopped {LINUX.rules.names[stopped]}"
            return "sleeps for ever" if self.machine.stuck else "still running"
        if status.signal is None:
            return f"exit {status.code}"
        return f"{'dumped' if status.core else 'killed'} {status.signal}"

    @property
    def output(self) -> tuple[bytes, bytes]:
        """What the program wrote to descriptors 1 and 2."""
        terminal = self.machine.kernel.terminal
        return terminal.written(1), terminal.written(2)

    def mnemonic(self, address: int) -> str:
        """The instruction at an address."""
        code = self.machine.space.code_at(address, LONGEST)
        return self._disassembler.decode(address, code).mnemonic if code else ""

    def place(self, address: int) -> str:
        """An instruction's address, symbol and source text."""
        placed = self.program.symbol_at(address)
        line = self.program.line_at(address)
        return f"{address:#x} {placed.symbol.name if placed else '?'}: {line.text.strip() if line else '?'}"
