"""Which thread runs: round-robin in the order of their ids, switching where a thread sleeps, ends, yields, or has
used its time slice.

As everything is counted in retired instructions, a program's threads interleave in the same way in every run.
The machine always runs one `Registers` object in place; a thread that doesn't run keeps its values in `frame`,
and its x87 and SSE state in `fpu`. A process with one thread pays nothing for this: `slice_end` is None then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel_stub import posting
from kernel_stub.cpu import Registers
from kernel_stub.events import ThreadCreated, ThreadExited, ThreadSwitched
from kernel_stub.outcomes import ENDED, REPLACED, Replaced, Wait
from kernel_stub.process import ExitStatus, Thread

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel

TIME_SLICE = 100_000  # instructions, so 0.1 ms: real systems' slices are longer, but threads here run in turn
OVER = Wait("nothing any more")

# What a thread starts with where it inherits nothing: FNINIT's control word and MXCSR's reset value.
FRESH_FPU = b"\x7f\x03" + bytes(22) + b"\x80\x1f" + bytes(486)


def add(kernel: Kernel, thread: Thread, frame: Registers, fpu: bytes = FRESH_FPU) -> None:
    """A new thread, ready to run from `frame` when its turn comes."""
    thread.frame, thread.fpu = frame, fpu
    kernel.process.threads.append(thread)
    if kernel.slice_end is None:
        kernel.slice_end = kernel.clock.retired + kernel.time_slice
    if kernel.observe:
        kernel.events.append(ThreadCreated(thread.tid, kernel.thread.tid, frame.copy()))


def new_tid(kernel: Kernel) -> int:
    """The next thread id, of which none is used twice."""
    process = kernel.process
    process.newest_tid = max(process.newest_tid, process.pid, *(thread.tid for thread in process.threads)) + 1
    return process.newest_tid


def end(kernel: Kernel, last: ExitStatus) -> Replaced:
    """The running thread is gone; with the last one the process is, and that is its status."""
    process, thread = kernel.process, kernel.thread
    if len(process.threads) == 1:
        process.exit = last
        return REPLACED
    process.threads.remove(thread)
    thread.ended = True
    thread.waiting = OVER
    if kernel.observe:
        kernel.events.append(ThreadExited(thread.tid))
    return ENDED


def give_way(kernel: Kernel) -> None:
    """The running thread's time slice is over now."""
    if kernel.slice_end is not None:
        kernel.slice_end = kernel.clock.retired


def due(kernel: Kernel) -> bool:
    """Whether the running thread has used its time slice."""
    return kernel.slice_end is not None and kernel.slice_end <= kernel.clock.retired


def switch(kernel: Kernel, registers: Registers) -> bool:
    """Let the next thread run that can, from its registers; False if no other one can."""
    if kernel.slice_end is None or kernel.process.stopped is not None:
        return False
    chosen = _next(kernel)
    several = len(kernel.process.threads) > 1
    if chosen is not None or not kernel.thread.ended:
        kernel.slice_end = kernel.clock.retired + kernel.time_slice if several else None
    if chosen is None:
        return False
    _exchange(kernel, chosen, registers)
    return True


def _next(kernel: Kernel) -> Thread | None:
    """The first thread after the running one, in the order of their ids, that has something to do."""
    tid, threads = kernel.thread.tid, kernel.process.threads
    later = [thread for thread in threads if thread.tid > tid]
    earlier = [thread for thread in threads if thread.tid < tid]
    return next((thread for thread in (*later, *earlier) if posting.awake(kernel, thread)), None)


def _exchange(kernel: Kernel, new: Thread, registers: Registers) -> None:
    old = kernel.thread
    assert new.frame is not None
    if kernel.observe:
        why = "has ended" if old.ended else f"waits for {old.waiting.what}" if old.waiting else "gives way"
        kernel.events.append(ThreadSwitched(old.tid, new.tid, why, registers.copy(), new.frame.copy()))
    if not old.ended:
        old.frame = registers.copy()
        if registers.fpu is not None:
            old.fpu = registers.fpu.load()
    registers.values[:] = new.frame.values
    if registers.fpu is not None and new.fpu is not None:
        registers.fpu.store(new.fpu)
    new.frame = new.fpu = None
    kernel.thread = new
