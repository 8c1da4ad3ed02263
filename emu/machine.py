"""The computer: a CPU and a kernel. Runs to the next trap, hands it over, and goes on from its answer."""

from __future__ import annotations

from emu.cpu import Cpu, Stop
from emu.engine import PAGE_FAULT
from emu.mmu import AddressSpace
from emu.ram import Ram
from emu.recorder import Recorder
from kernel_stub import processor
from kernel_stub.cpu import Fault, Protection
from kernel_stub.kernel import Kernel
from kernel_stub.personality import Personality

__all__ = ["Machine", "Stop"]

RAM_SIZE = 64 << 20
WRITE = 0x2  # in a page fault's error code
_SERVED_HERE = frozenset((Stop.CPUID, Stop.RDTSC))


class Machine:
    """One emulated computer with one process of `personality`, which reads `stdin`.

    `cpu.registers` is the trapframe, `space` the process's memory, `kernel.process` its state.
    `native_callbacks=False` uses the slow Python callbacks, for hosts and tests that need them.
    """

    def __init__(
        self,
        personality: Personality,
        *,
        stdin: bytes = b"",
        ram_size: int = RAM_SIZE,
        native_callbacks: bool = True,
    ) -> None:
        ram = Ram(ram_size)
        self.space = AddressSpace(ram)
        self.cpu = Cpu(
            ram,
            self.space,
            selectors=(personality.user_cs, personality.user_ss),
            native_callbacks=native_callbacks,
        )
        self.kernel = Kernel(personality, self.space, stdin=stdin)

    @property
    def position(self) -> int:
        """Instructions retired since the start; an iteration of a REP string instruction is one."""
        return self.cpu.retired

    @property
    def exited(self) -> bool:
        """Whether the process is gone: exit, or a signal's default action."""
        return self.kernel.process.exit is not None

    def run(self, budget: int | None = None) -> Stop:
        """Runs to the next trap, at most `budget` instructions, and lets the kernel answer it.

        SYSCALL: the call was served, and its answer is in the registers. FAULT: `cpu.fault`, and the
        kernel posted its signal. LIMIT: the budget is spent. EXIT: `cpu.exit_address` was reached.
        """
        end = None if budget is None else self.position + budget
        while True:
            stop = self.cpu.run(None if end is None else end - self.position)
            if not self.answer(stop):
                return stop

    def step(self) -> Stop:
        """One instruction, with whatever the kernel does after it."""
        return self.run(1)

    def run_to_end(self, budget: int) -> Stop:
        """Runs through system calls until the process exits, the exit address, a fault or the budget's end."""
        end = self.position + budget
        while True:
            stop = self.run(end - self.position)
            if stop != Stop.SYSCALL or self.exited:
                return stop

    def record(self, recorder: Recorder, budget: int) -> Stop:
        """As `run`, with registers (and accesses) of each instruction in `recorder`, as many as it holds."""
        stop = recorder.run(self.cpu, budget)
        self.answer(stop)
        return stop

    def answer(self, stop: Stop) -> bool:
        """Hands a trap to the kernel; whether the program goes on as if nothing had happened."""
        registers = self.cpu.registers
        if stop == Stop.SYSCALL:
            self.kernel.syscall(registers)
        elif stop == Stop.FAULT:
            if self._paged_in(self.cpu.fault):
                return not self.exited
            self.kernel.fault(registers, self.cpu.fault)
        elif stop == Stop.CPUID:
            answer = processor.cpuid(registers.rax & 0xFFFF_FFFF, registers.rcx & 0xFFFF_FFFF)
            registers.rax, registers.rbx, registers.rcx, registers.rdx = answer
        elif stop == Stop.RDTSC:
            self.cpu.finish_rdtsc(processor.timestamp(self.position))
        return stop in _SERVED_HERE

    def _paged_in(self, fault: Fault) -> bool:
        """Whether the exception was the first access to a page, which the kernel has brought in now."""
        if fault.vector != PAGE_FAULT:
            return False
        wanted = Protection.WRITE if fault.error_code & WRITE else Protection.READ
        return self.space.pager(fault.address, wanted)
