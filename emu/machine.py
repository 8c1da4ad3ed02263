"""The computer: a CPU and a kernel. Runs to the next trap, hands it over, and goes on from its answer."""

from __future__ import annotations

from emu.cpu import Cpu, Stop
from emu.mmu import AddressSpace
from emu.ram import Ram
from emu.recorder import Recorder
from kernel_stub import family, processor
from kernel_stub.address_space import Region
from kernel_stub.cpu import Protection, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.personality import Personality

__all__ = ["Machine", "Stop"]

RAM_SIZE = 64 << 20
PROGRAM_RAM = 1 << 30  # for whole programs; the host commits what is touched
_SERVED_HERE = frozenset((Stop.CPUID, Stop.RDTSC))


class Machine:
    """One emulated computer with one process of `personality` to begin with, which reads `stdin`.

    `cpu.registers` is the trapframe, `kernel.process` the state of the process that runs, and `space` its memory.
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
            user_gates=personality.user_gates,
            native_callbacks=native_callbacks,
        )
        self.cpu.registers.fpu = self.cpu.engine.fpu
        self.kernel = Kernel(personality, self.space, stdin=stdin)

    def place(self, address: int, size: int, protection: Protection, name: str) -> None:
        """A region whose pages are all there from the start. Raises MemoryError."""
        self.kernel.process.space.map(self.space, Region(address, address + size, protection, name))
        self.space.map(address, size, protection)

    @property
    def position(self) -> int:
        """Instructions retired since the start; an iteration of a REP string instruction is one."""
        return self.cpu.retired

    @property
    def exited(self) -> bool:
        """Whether the first process is gone: exit, or a signal's default action."""
        return self.kernel.first.exit is not None

    @property
    def returned(self) -> bool:
        """Whether a routine that made processes has returned in the first one, and nothing will run any more."""
        return self.stuck and self.kernel.first.threads[0].waiting == family.BACK

    @property
    def stuck(self) -> bool:
        """Whether nothing will run any more though the first process is there: all sleep for ever, or are stopped."""
        return self.kernel.waiting or self.kernel.process.stopped is not None

    def read(self, address: int, size: int, pid: int | None = None) -> bytes:
        """Bytes of a process's memory: the one that runs, or another one's that has not ended. Raises BadAddress."""
        here, process = self.space.root, family.find(self.kernel, pid) if pid is not None else None
        self.space.use(here if process is None else process.root)
        try:
            return self.space.copy_in(address, size)
        finally:
            self.space.use(here)

    def registers_of(self, pid: int | None = None) -> Registers:
        """The registers of the process that runs, or of the first thread of another one."""
        process = family.find(self.kernel, pid) if pid is not None else None
        kept = process.threads[0].frame if process is not None else None
        return self.cpu.registers if kept is None else kept

    def run(self, budget: int | None = None) -> Stop:
        """Runs to the next trap, at most `budget` instructions, and lets the kernel answer it.

        SYSCALL: the call was served, and its answer is in the registers unless another process or thread runs now.
        FAULT: `cpu.fault`, and the kernel posted its signal. LIMIT: the budget is spent. EXIT: `cpu.exit_address`
        was reached, by the last of the processes that could.
        Timers, CPUID, RDTSC and first touches of a page are served on the way.
        """
        cpu, kernel = self.cpu, self.kernel
        end = None if budget is None else self.position + budget
        while True:
            due, until = kernel.deadline, end
            if due is not None and (until is None or due < until):
                until = due
            stop = cpu.run(None if until is None else max(until - cpu.data.count, 0))
            if stop is Stop.SYSCALL:
                kernel.clock.retired = cpu.data.count
                kernel.syscall(cpu.registers)
                return stop
            if not self.answer(stop) and not (stop is Stop.LIMIT and self.position != end):
                return stop

    def step(self) -> Stop:
        """One instruction, with whatever the kernel does after it."""
        return self.run(1)

    def run_to_end(self, budget: int) -> Stop:
        """Runs through system calls and handled faults until the process exits or is stuck, the exit address
        is reached, or the budget is spent."""
        end = self.position + budget
        while True:
            stop = self.run(end - self.position)
            if self.returned:
                return Stop.EXIT
            if stop in (Stop.LIMIT, Stop.EXIT) or self.exited or self.stuck:
                return stop

    def record(self, recorder: Recorder, budget: int) -> Stop:
        """Runs at most `budget` instructions, as many as `recorder` holds, and not past a timer; keeps registers
        (and accesses) of each. The caller hands what it came to to `answer`."""
        due = self.kernel.deadline
        if due is not None:
            budget = min(budget, max(due - self.position, 0))
        return recorder.run(self.cpu, budget)

    def answer(self, stop: Stop) -> bool:
        """Hands a trap to the kernel; whether the program goes on as if nothing had happened."""
        registers, kernel = self.cpu.registers, self.kernel
        kernel.clock.retired = self.cpu.data.count
        if stop == Stop.SYSCALL:
            kernel.syscall(registers)
            return False
        if stop == Stop.FAULT:
            return not self.exited and kernel.fault(registers, self.cpu.fault)
        if stop == Stop.CPUID:
            answer = processor.cpuid(registers.rax & 0xFFFF_FFFF, registers.rcx & 0xFFFF_FFFF)
            registers.rax, registers.rbx, registers.rcx, registers.rdx = answer
        elif stop == Stop.RDTSC:
            self.cpu.finish_rdtsc(processor.timestamp(kernel.clock.now))
            kernel.clock.retired = self.cpu.data.count
        elif stop == Stop.EXIT:
            return kernel.come_back(registers)
        due = kernel.deadline
        if due is not None and due <= self.position:
            kernel.tick(registers)
        return stop in _SERVED_HERE
