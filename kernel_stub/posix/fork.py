"""Making processes, as far as all systems agree (POSIX: fork(2); vfork(2))."""

from __future__ import annotations

from dataclasses import dataclass

from kernel_stub import scheduler
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Blocked, Errno, Wait
from kernel_stub.process import Process, Thread

STACKS = 16 * 16384  # bytes of memory for each


@dataclass(frozen=True, eq=False, slots=True)
class Lent:
    """What a parent waits for after vfork: its child uses its memory. Not the child itself is kept: each of many such
    children may wait for its own, and a copy of them would go as deep."""

    processes: list[Process]
    child: int

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`."""
        return not any(process.borrows for process in self.processes if process.pid == self.child)


def copy(kernel: Kernel, *, share_memory: bool = False, share_files: bool = False) -> Process:
    """A child of the running process with one thread, like the running one; `family.start` lets it run.

    Raises Errno EAGAIN, ENOMEM.
    """
    check_room(kernel)
    process, thread = kernel.process, kernel.thread
    space, root = process.space, process.root
    if not share_memory:
        try:
            space, root = process.space.fork(kernel.memory)
        except MemoryError:
            raise Errno("ENOMEM") from None
    pid = scheduler.new_id(kernel)
    child = process.copy(pid, Thread(pid, blocked=thread.blocked, altstack=thread.altstack, trap=thread.trap))
    child.space, child.root = space, root
    child.files = process.files if share_files else process.files.copy()
    child.exit_signal = kernel.personality.rules.child
    return child


def check_room(kernel: Kernel) -> None:
    """That there may be one more process or thread: a user may have RLIMIT_NPROC of them, at first what Linux sets it
    to (set_max_threads): with their kernel stacks they could take a sixteenth of the memory. Raises Errno EAGAIN."""
    process, number = kernel.process, kernel.personality.constants["RLIMIT_NPROC"]
    most = process.limits[number][0] if number in process.limits else process.space.ram // STACKS
    if sum(len(one.threads) for one in kernel.processes) >= most:
        raise Errno("EAGAIN")


def lend(kernel: Kernel, child: Process) -> Blocked:
    """The caller sleeps until a child doesn't need its memory any more."""
    child.borrows = True
    loan = Lent(kernel.processes, child.pid)
    return Blocked(Wait(f"child {child.pid} to give its memory back", source=loan, deaf=True))


def lent(kernel: Kernel) -> Lent | None:
    """What a call that is made again has slept for."""
    wait = kernel.thread.waiting
    return wait.source if wait is not None and isinstance(wait.source, Lent) else None
