"""The trap path: what happens between SYSCALL (or a fault) and the machine's next instruction.

    registers -> number -> row -> decoded arguments -> handler -> answer in the registers -> signals

`Kernel` needs no machine: a trapframe and a memory are enough.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from kernel_stub.cpu import MASK64, Fault, Memory, Protection, Registers
from kernel_stub.events import Event, ProcessExited, SignalPosted
from kernel_stub.files import Descriptor, OpenFile
from kernel_stub.observe import Observation, Verdict
from kernel_stub.outcomes import Errno, Replaced
from kernel_stub.personality import Personality
from kernel_stub.process import ExitStatus, Process
from kernel_stub.syscalls import Row
from kernel_stub.terminal import Terminal

SERVED = Verdict()
SILENT = Verdict(returned=False)
SHORTENED = Verdict(simulated=False)
INJECTED = Verdict(injected=True)


@dataclass(slots=True)
class State:
    """Everything a kernel remembers between two traps."""

    process: Process
    terminal: Terminal
    injection: tuple[int, bool] | None


class Kernel:
    """One operating system with one process, on a terminal session with the given input.

    `registers` is the trapframe of the call that is being served.
    While `observe` is true, each trap appends to `events`, which the caller drains; while nobody looks,
    calls cost no events.
    """

    def __init__(self, personality: Personality, memory: Memory, *, stdin: bytes = b"") -> None:
        self.personality = personality
        self.memory = memory
        memory.pager = self.page_in
        self.registers = Registers()
        self.observe = False
        self.events: list[Event] = []
        self.process = personality.new_process()
        self.terminal = Terminal(personality.terminal, stdin)
        self.injection: tuple[int, bool] | None = None
        session = OpenFile(self.terminal, readable=True, writable=True, flags=personality.terminal_flags)
        self.process.files.descriptors.update({fd: Descriptor(session) for fd in (0, 1, 2)})

    def syscall(self, registers: Registers) -> None:
        """Serve one system call. RIP is behind SYSCALL; RCX and R11 are as the CPU left them."""
        self.registers = registers
        number = self.personality.number(registers.values)
        row = self.personality.table.get(number)
        if self.observe:
            seen = Observation(self.personality, self.memory, registers, number, row)
            verdict = self._answer(number, row, registers)
            self.events.append(seen.done(registers, verdict))
        else:
            verdict = self._answer(number, row, registers)
        if verdict.signal is not None:
            self.post(verdict.signal, "bad system call")
        elif self.process.exit is not None:
            self._report_exit()

    def _answer(self, number: int, row: Row | None, registers: Registers) -> Verdict:
        personality = self.personality
        if self.injection is not None:
            personality.inject(registers, *self.injection)
            self.injection = None
            return INJECTED
        if row is None:
            return self._refuse(number, registers)
        try:
            if row.parameters:
                values = registers.values
                answer = row.handler(self, *row.decode(values, personality.arguments(values)))
            else:
                answer = row.handler(self)
        except Errno as error:
            personality.set_errno(registers, personality.errnos[error.name].number)
            return SERVED if error.simulated else SHORTENED
        if isinstance(answer, Replaced):
            return SILENT
        personality.set_result(registers, answer, 0)
        return SERVED

    def _refuse(self, number: int, registers: Registers) -> Verdict:
        refusal = self.personality.refuse(number)
        if refusal.errno is not None:
            self.personality.set_errno(registers, self.personality.errnos[refusal.errno].number)
        return Verdict(
            returned=refusal.errno is not None, simulated=not refusal.exists, signal=refusal.signal
        )

    def page_in(self, address: int, wanted: Protection) -> bool:
        """Bring in the page behind an access that found none; whether the access can be made again.

        A process that needs more memory than there is gets SIGKILL, as from Linux's OOM killer.
        """
        try:
            return self.process.space.populate(self.memory, address, wanted)
        except MemoryError:
            self.post("SIGKILL", "out of memory")
            return False

    def fault(self, registers: Registers, fault: Fault) -> None:
        """Take a processor exception: its signal's default action ends the process."""
        self.post(self.personality.fault_signal(fault), fault_text(fault))

    def inject(self, value: int, *, error: bool = False) -> None:
        """Let the next call answer this 64-bit value without being executed.

        On a system whose carry flag tells errors, `error` says how to set it; on others it is not used.
        """
        self.injection = (value & MASK64, error)

    def inject_errno(self, name: str) -> None:
        """Let the next call fail with this errno. Raises KeyError for a name that the system hasn't."""
        self.inject(self.personality.raw_errno(self.personality.errnos[name].number), error=True)

    def post(self, signal: str, reason: str) -> None:
        """Send the process a signal, by name; its default action takes place."""
        row = self.personality.signals[signal]
        if self.observe:
            self.events.append(SignalPosted(signal, reason))
        if row.action in ("term", "core"):
            self.process.exit = ExitStatus(signal=signal, core=row.action == "core")
            self._report_exit()

    def _report_exit(self) -> None:
        status = self.process.exit
        if self.observe and status is not None:
            self.events.append(ProcessExited(self.process.pid, status.code, status.signal, status.core))

    def checkpoint(self) -> State:
        """A copy of the kernel's state, without the guest's memory and the events."""
        return copy.deepcopy(State(self.process, self.terminal, self.injection))

    def restore(self, state: State) -> None:
        """Go back to a checkpoint, which stays usable."""
        again = copy.deepcopy(state)
        self.process, self.terminal, self.injection = again.process, again.terminal, again.injection


EXCEPTIONS = {
    0: "divide error", 1: "debug exception", 3: "breakpoint", 4: "overflow", 5: "bound range exceeded",
    6: "invalid opcode", 7: "device not available", 8: "double fault", 10: "invalid TSS",
    11: "segment not present", 12: "stack-segment fault", 13: "general protection", 14: "page fault",
    16: "x87 floating-point error", 17: "alignment check", 18: "machine check",
    19: "SIMD floating-point error",
}  # fmt: skip


def fault_text(fault: Fault) -> str:
    """`page fault at 0xf1`, `divide error`: names from Intel's manual, volume 3, chapter 6."""
    name = EXCEPTIONS.get(fault.vector, f"interrupt {fault.vector:#x}")
    return f"{name} at {fault.address:#x}" if fault.vector == 14 else name
