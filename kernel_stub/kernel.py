"""The trap path: what happens between SYSCALL (or a fault) and the machine's next instruction.

    registers -> number -> row -> decoded arguments -> handler -> answer in the registers -> signals

`Kernel` needs no machine: a trapframe and a memory are enough. Whoever drives it sets `clock.retired`
before each trap, calls `tick` when that reaches `deadline`, and stops when `idle` says so.
"""

from __future__ import annotations

import copy

from kernel_stub import delivery, family, posting, scheduler, signals, timers
from kernel_stub.clock import Clock
from kernel_stub.cpu import INDEX, MASK64, Fault, Memory, Protection, Registers
from kernel_stub.events import Event
from kernel_stub.files import OpenFile
from kernel_stub.filesystem.initial import plant
from kernel_stub.observe import Observation, Verdict
from kernel_stub.outcomes import REPLACED, Blocked, Errno, Replaced, Restart, Results, Wait
from kernel_stub.paging import DemandPager
from kernel_stub.personality import Personality
from kernel_stub.process import ExitStatus, Interrupted, Process
from kernel_stub.signals import SigInfo
from kernel_stub.state import Delivery, State, TimedDelivery
from kernel_stub.syscalls import Row
from kernel_stub.terminal import Terminal

RAX, R11 = INDEX["rax"], INDEX["r11"]
PAGE_FAULT, WRITING, FETCHING = 14, 2, 0x10  # the vector, and bits of its error code

FAULTING = Wait("the end of its fault", spins=True)

SERVED = Verdict()
SILENT = Verdict(returned=False)
SHORTENED = Verdict(simulated=False)
INJECTED = Verdict(injected=True)
ASLEEP = Verdict(returned=False, leave=True)
GONE = Verdict(returned=False, leave=True)


class Kernel:
    """One operating system with one process to begin with, on a terminal session with the given input.

    While `observe` is true, each trap appends to `events`, which the caller drains; while nobody looks,
    calls cost no events. `processes` are those that there are, the oldest first, with those that ended and have not
    been waited for. `registers` are those of the trap that is being served, and of `thread` of `process`, the one
    that runs, whose address space is the one of `memory` that is in use. Of several threads each has `time_slice`
    instructions at a time; `slice_end` is the position where that of the running one is over, None while there is
    only one. `newest_id` is the last id that a thread or process was given.
    """

    def __init__(self, personality: Personality, memory: Memory, *, stdin: bytes = b"") -> None:
        self.personality = personality
        self.memory = memory
        memory.pager = DemandPager(self)
        self.observe = False
        self.events: list[Event] = []
        self.registers = Registers()
        self.process = personality.new_process()
        self.process.root = memory.root
        self.processes = [self.process]
        self.newest_id = 0
        self.thread = self.process.threads[0]
        self.clock = Clock()
        self.deliveries: list[Delivery] = []
        self.timed_deliveries: list[TimedDelivery] = []
        self.delivery_order = 0
        self.terminal = Terminal(personality.terminal, stdin)
        rules, layout = personality.file_rules, personality.file_layout
        self.filesystem = plant(self.clock, rules, layout, self.process.credentials.uid)
        self.injection: tuple[int, bool] | None = None
        self.time_slice = scheduler.TIME_SLICE
        self.slice_end: int | None = None
        session = OpenFile(self.terminal, readable=True, writable=True, flags=personality.terminal_flags)
        for fd in (0, 1, 2):
            self.process.files.replace(fd, session)

    # Traps ----------------------------------------------------------------------------------------

    def syscall(self, registers: Registers) -> None:
        """Serve one system call. RIP is behind SYSCALL; RCX and R11 are as the CPU left them."""
        self.registers = registers
        self.thread.entry, self.thread.entry_flags = registers.values[RAX], registers.values[R11]
        verdict = self._serve(registers)
        process, thread = self.process, self.thread
        if verdict.signal is not None:
            self._post_own(verdict.signal, "bad system call")
        if (
            verdict.leave
            or process.exit is not None
            or signals.deliverable(process, thread)
            or posting.due(self)
            or (verdict is SILENT and self.personality.return_fault(registers) is not None)  # after sigreturn
        ):
            self._leave(registers)

    def fault(self, registers: Registers, fault: Fault) -> bool:
        """Take a processor exception. A page that was only promised appears (True: the instruction runs again
        as if nothing had happened) or costs the process its life; anything else is a signal."""
        self.registers = registers
        self.thread.entry = None
        if fault.vector == PAGE_FAULT and self._page_in(fault):
            if self.process.exit is None:
                return True
        else:
            self._signal(registers, fault, fault_text(fault))
        if self.process.exit is None and not signals.deliverable(self.process, self.thread):
            self._spin(fault)
        self._leave(registers)
        return False

    def _signal(self, registers: Registers, fault: Fault, reason: str) -> None:
        """An exception's signal, if it has one."""
        info = self.personality.take_fault(self, registers, fault)
        if info is not None:
            posting.force(self, info, reason)

    def _spin(self, fault: Fault) -> None:
        """Nothing comes of a fault, so the same instruction will raise it again, until something else happens."""
        if not self.personality.is_trap(fault):
            self.thread.waiting = FAULTING

    def _page_in(self, fault: Fault) -> bool:
        code = fault.error_code
        wanted = Protection.WRITE if code & WRITING else Protection.EXECUTE if code & FETCHING else Protection.READ
        return self.memory.pager(fault.address, wanted)

    def tick(self, registers: Registers) -> None:
        """The clock reached `deadline`, or somebody sent a signal from outside: see what is due, and deliver."""
        self.registers = registers
        if self.thread.waiting is None:
            self.thread.entry = None
        self._leave(registers)

    @property
    def deadline(self) -> int | None:
        """The position (retired instructions) at which `tick` must be called, or None."""
        position = self.deliveries[0].position if self.deliveries else None
        if self.process.timers.running:
            position = sooner(position, timers.next_position(self))
        if self.timed_deliveries:
            position = sooner(position, self.clock.position(self.timed_deliveries[0].time))
        if self.slice_end is not None:
            position = sooner(position, self.slice_end)
        return position

    @property
    def first(self) -> Process:
        """The process that the run is about: it ends when this one does."""
        return self.processes[0]

    @property
    def waiting(self) -> bool:
        """Whether all threads sleep, and nothing that is known of will wake one."""
        return self.thread.waiting is not None

    def come_back(self, registers: Registers) -> bool:
        """A routine that was called alone has returned to its caller, which is not there: its process has nothing
        more to do. Whether another one goes on, whose registers are there then."""
        if not family.several(self):
            return False
        family.park(self)
        self._leave(registers)
        return self.first.exit is None and scheduler.runnable(self, self.process, self.thread)

    # System calls ---------------------------------------------------------------------------------

    def _serve(self, registers: Registers) -> Verdict:
        """Answer a call, for the first time or because its sleep is over."""
        number = self.personality.number(registers.values)
        row = self.personality.table.get(number)
        if not self.observe:
            return self._answer(number, row, registers)
        seen = Observation(self.personality, self.memory, registers, number, row)
        before = len(self.events)
        verdict = self._answer(number, row, registers)
        if verdict is not ASLEEP:
            shown = SILENT if self._killed_at_once else verdict
            self.events.insert(before, seen.done(registers, shown))
        return verdict

    @property
    def _killed_at_once(self) -> bool:
        """Whether SIGKILL came: then nobody sees a call return."""
        exit, rules = self.process.exit, self.personality.rules
        return exit is not None and exit.signal == rules.names[rules.kill]

    def _answer(self, number: int, row: Row | None, registers: Registers) -> Verdict:
        personality = self.personality
        if self.injection is not None:
            personality.inject(registers, *self.injection)
            self.injection = self.thread.waiting = None
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
            self.thread.waiting = None
            personality.set_errno(registers, personality.errnos[error.name].number)
            return SERVED if error.simulated else SHORTENED
        if isinstance(answer, int):
            self.thread.waiting = None
            personality.set_result(registers, answer, 0)
            return SERVED
        if isinstance(answer, Blocked):
            self.thread.waiting = answer.wait
            return ASLEEP
        self.thread.waiting = None
        if isinstance(answer, Restart):
            self.thread.interrupted = Interrupted(row.name, answer, registers.values[RAX])
            return Verdict(returned=False, restart=answer, leave=True)
        if isinstance(answer, Results):
            personality.set_result(registers, answer.value, answer.second)
            return SERVED if answer.simulated else SHORTENED
        assert isinstance(answer, Replaced)
        if answer is REPLACED:
            return SILENT
        self.thread.waiting = scheduler.OVER
        return GONE

    def _refuse(self, number: int, registers: Registers) -> Verdict:
        refusal = self.personality.refuse(number)
        if refusal.errno is not None:
            self.personality.set_errno(registers, self.personality.errnos[refusal.errno].number)
        elif refusal.code is not None:
            self.personality.set_result(registers, refusal.code, 0)
        return Verdict(
            returned=refusal.errno is not None or refusal.code is not None,
            errno=refusal.code is None,
            simulated=not refusal.exists,
            signal=refusal.signal,
        )

    def inject(self, value: int, *, error: bool = False) -> None:
        """Let the next call answer this 64-bit value without being executed.

        On a system whose carry flag tells errors, `error` says how to set it; on others it is not used.
        """
        self.injection = (value & MASK64, error)

    def inject_errno(self, name: str) -> None:
        """Let the next call fail with this errno. Raises KeyError for a name that the system hasn't."""
        self.inject(self.personality.raw_errno(self.personality.errnos[name].number), error=True)

    # Back to user mode ----------------------------------------------------------------------------

    def _leave(self, registers: Registers) -> None:
        """Before user mode goes on: sleep while the call says so, then deliver every signal that is due.

        Each handler's frame is written below the one before, so the last one runs first. Returns early if
        the first process is gone, or if nothing that is known of would wake anybody.
        """
        first = self.first
        while first.exit is None:
            process, thread = self.process, self.thread
            if posting.expire(self):
                continue
            if (
                process.exit is not None
                or process.stopped is not None
                or (thread.waiting is not None and not posting.awake(self, process, thread))
            ):
                if not scheduler.switch(self, registers) and not posting.pass_time(self):
                    scheduler.fall_back(self, registers)
                    return
            elif thread.waiting is not None:
                if thread.waiting.spins:
                    thread.waiting = None
                else:
                    self._serve(registers)
            elif (info := posting.take(self)) is not None:
                delivery.deliver(self, registers, info)
            elif thread.interrupted is not None:
                delivery.restart(self, registers, None)
            elif thread.saved_mask is not None:
                thread.blocked, thread.saved_mask = thread.saved_mask, None
            elif (fault := self.personality.return_fault(registers)) is not None:
                self._signal(registers, fault, f"{fault_text(fault)} in the return to user mode")
            elif not (scheduler.due(self) and scheduler.switch(self, registers)):
                return

    # Signals from outside, the end, checkpoints ---------------------------------------------------

    def post(self, signal: str, reason: str) -> None:
        """Send the process a signal, by name, as the kernel itself does. It is delivered at the next trap or
        tick; one that is fatal without a core dump ends the process at once."""
        rules = self.personality.rules
        posting.post(self, SigInfo(self.personality.signals[signal].number, rules.kernel), reason)

    def _post_own(self, signal: str, reason: str) -> None:
        """Send the process a signal for what it did itself."""
        process, rules = self.process, self.personality.rules
        number = self.personality.signals[signal].number
        posting.post(self, SigInfo(number, rules.kernel, process.pid, process.credentials.uid), reason)

    def deliver_at(self, position: int, signal: str) -> None:
        """Let a signal arrive from the parent process when that many instructions have retired.

        Raises KeyError for a name that the system hasn't.
        """
        posting.deliver_at(self, position, self.personality.signals[signal].number)

    def deliver_at_time(self, time: int, signal: str) -> None:
        """Let a signal arrive from the parent process at a time of the clock, in nanoseconds, also while the
        process sleeps or is stopped. Raises KeyError for a name that the system hasn't."""
        posting.deliver_at_time(self, time, self.personality.signals[signal].number)

    def kill(self, signal: int, process: Process | None = None) -> None:
        """A process (the running one) is gone, killed by a signal."""
        rules = self.personality.rules
        core = bool(rules.cores >> (signal - 1) & 1)
        family.end(self, process or self.process, ExitStatus(signal=rules.names[signal], core=core))

    def checkpoint(self) -> State:
        """A copy of the kernel's state, without the guest's memory and the events."""
        pending = (self.deliveries, self.timed_deliveries, self.delivery_order, self.injection, self.slice_end)
        state = State(
            self.processes, self.process, self.thread, self.newest_id, self.terminal, self.filesystem, self.clock,
            *pending,
        )  # fmt: skip
        return copy.deepcopy(state)

    def restore(self, state: State) -> None:
        """Go back to a checkpoint, which stays usable. The memory must have the address spaces of that time."""
        again = copy.deepcopy(state)
        self.processes, self.process, self.thread = again.processes, again.process, again.thread
        self.newest_id, self.terminal = again.newest_id, again.terminal
        self.memory.use(self.process.root)
        self.filesystem, self.clock, self.injection = again.filesystem, again.clock, again.injection
        self.deliveries, self.timed_deliveries = again.deliveries, again.timed_deliveries
        self.delivery_order, self.slice_end = again.delivery_order, again.slice_end


def sooner(one: int | None, other: int | None) -> int | None:
    """The lower of two positions, of which either may not be."""
    return other if one is None else one if other is None else min(one, other)


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
