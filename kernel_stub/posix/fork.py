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
    """What a parent waits for after vfork: its child uses its memory."""

    child: Process

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`."""
        return not self.child.borrows


def copy(kernel: Kernel, *, share_memory: bool = False, share_files: bool = False) -> Process:
    """A child of the running process with one thread, like the running one; `family.start` lets it run.

    Raises Errno EAGAIN, ENOMEM.
    """
    process, thread = kernel.process, kernel.thread
    if sum(len(one.threads) for one in kernel.processes) >= _most(kernel):
        raise Errno("EAGAIN")
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


def _most(kernel: Kernel) -> int:
    """How many processes and threads a user may have: RLIMIT_NPROC, at first what Linux sets it to (set_max_threads):
    with their kernel stacks they could take a sixteenth of the memory."""
    process, number = kernel.process, kernel.personality.constants["RLIMIT_NPROC"]
    return process.limits[number][0] if number in process.limits else process.space.ram // STACKS


def lend(child: Process) -> Blocked:
    """The caller sleeps until a child doesn't need its memory any more."""
    child.borrows = True
    return Blocked(Wait(f"child {child.pid} to give its memory back", source=Lent(child), deaf=True))


def lent(kernel: Kernel) -> Process | None:
    """The child for which a call that is made again has slept."""
    wait = kernel.thread.waiting
    return wait.source.child if wait is not None and isinstance(wait.source, Lent) else None
