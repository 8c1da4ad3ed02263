"""Which thread runs: round-robin in the order of their ids, switching where a thread sleeps, ends, yields, or has
used its time slice.

As everything is counted in retired instructions, programs' threads interleave in the same way in every run.
The machine always runs one `Registers` object in place, and has one address space in use; a thread that doesn't run
keeps its values in `frame`, and its x87 and SSE state in `fpu`. While there is only one thread, nobody pays for this:
`slice_end` is None then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel_stub import family, posting
from kernel_stub.cpu import Registers
from kernel_stub.events import ProcessSwitched, ThreadCreated, ThreadExited, ThreadSwitched
from kernel_stub.outcomes import ENDED, Replaced, Wait
from kernel_stub.process import ExitStatus, Process, Thread

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel

TIME_SLICE = 100_000  # instructions, so 0.1 ms: real systems' slices are longer, but threads here run in turn
OVER = Wait("nothing any more")

# What a thread starts with where it inherits nothing: FNINIT's control word and MXCSR's reset value.
FRESH_FPU = b"\x7f\x03" + bytes(22) + b"\x80\x1f" + bytes(486)


def add(kernel: Kernel, thread: Thread, frame: Registers, fpu: bytes = FRESH_FPU) -> None:
    """A new thread of the running process, ready to run from `frame` when its turn comes."""
    thread.frame, thread.fpu = frame, fpu
    kernel.process.threads.append(thread)
    share_time(kernel)
    if kernel.observe:
        kernel.events.append(ThreadCreated(thread.tid, kernel.thread.tid, frame.copy()))


def share_time(kernel: Kernel) -> None:
    """There is another thread now: time comes in slices."""
    if kernel.slice_end is None:
        kernel.slice_end = kernel.clock.retired + kernel.time_slice


def new_id(kernel: Kernel) -> int:
    """The next id of a thread or process, of which none is used twice."""
    taken = [thread.tid for process in kernel.processes for thread in process.threads]
    kernel.newest_id = max(kernel.newest_id, kernel.first.pid, *taken) + 1
    return kernel.newest_id


def end(kernel: Kernel, last: ExitStatus) -> Replaced:
    """The running thread is gone; with the last one the process is, and that is its status."""
    process, thread = kernel.process, kernel.thread
    if len(process.threads) == 1:
        family.end(kernel, process, last)
        return ENDED
    process.threads.remove(thread)
    thread.ended = True
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
    if kernel.slice_end is None:
        return False
    candidates = _others(kernel)
    chosen = next((one for one in candidates if runnable(kernel, *one)), None)
    running = kernel.process.exit is None and not kernel.thread.ended
    if chosen is not None or running:
        several = len(candidates) + running > 1
        kernel.slice_end = kernel.clock.retired + kernel.time_slice if several else None
    if chosen is None:
        return False
    hand_over(kernel, *chosen, registers)
    return True


def fall_back(kernel: Kernel, registers: Registers) -> None:
    """Nobody can run, and the last one to do so has nothing more to do: whoever looks finds the first process."""
    over = kernel.process.exit is not None or kernel.thread.waiting == family.BACK
    if over and kernel.process is not kernel.first:
        hand_over(kernel, kernel.first, kernel.first.threads[0], registers)


def runnable(kernel: Kernel, process: Process, thread: Thread) -> bool:
    """Whether a thread has something to do, and may."""
    return process.exit is None and process.stopped is None and posting.awake(kernel, process, thread)


def _others(kernel: Kernel) -> list[tuple[Process, Thread]]:
    """All threads but the running one, those behind it in the order of their ids first."""
    tid = kernel.thread.tid
    living = [process for process in kernel.processes if process.exit is None]
    found = [(process, thread) for process in living for thread in process.threads if thread is not kernel.thread]
    if len(living) > 1:
        found.sort(key=_tid)
    return [one for one in found if one[1].tid > tid] + [one for one in found if one[1].tid < tid]


def _tid(one: tuple[Process, Thread]) -> int:
    return one[1].tid


def hand_over(kernel: Kernel, process: Process, new: Thread, registers: Registers) -> None:
    """Another thread runs from here on; if it is the running one, nothing changes."""
    if new is kernel.thread:
        return
    old, before = kernel.thread, kernel.process
    assert new.frame is not None
    if kernel.observe:
        kernel.events.append(_switched(before, old, process, new, registers.copy(), new.frame.copy()))
    if before.exit is None and not old.ended:
        old.frame = registers.copy()
        if registers.fpu is not None:
            old.fpu = registers.fpu.load()
    registers.values[:] = new.frame.values
    if registers.fpu is not None and new.fpu is not None:
        registers.fpu.store(new.fpu)
    new.frame = new.fpu = None
    if process is not before:
        _enter(kernel, process)
    kernel.thread = new


def _enter(kernel: Kernel, process: Process) -> None:
    """Another process runs, in its own memory."""
    before, now = kernel.process, kernel.clock.retired
    before.used += now - before.resumed
    process.resumed = now
    kernel.process = process
    kernel.memory.use(process.root)
    if before.exit is not None:
        family.release_memory(kernel, before)


def _switched(
    before: Process, old: Thread, process: Process, new: Thread, left: Registers, frame: Registers
) -> ThreadSwitched | ProcessSwitched:
    if before.exit is not None or old.ended:
        why = "has ended"
    elif old.waiting == family.BACK:
        why = "has returned"
    elif before.stopped is not None:
        why = "is stopped"
    else:
        why = f"waits for {old.waiting.what}" if old.waiting else "gives way"
    if process is before:
        return ThreadSwitched(old.tid, new.tid, why, left, frame)
    return ProcessSwitched(before.pid, process.pid, old.tid, new.tid, why, left, frame)
