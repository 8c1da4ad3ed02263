"""futex(2): threads of the process wait for each other. Source: kernel/futex/{syscalls,waitwake,core}.c."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from kernel_stub import signals, user
from kernel_stub.address_space import PAGE, TASK_SIZE
from kernel_stub.clock import NEVER
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import UNSIGNED, Address, Interruptible
from kernel_stub.linux.clocks import find
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.time_kinds import InTimespec
from kernel_stub.linux.time_structs import read_timespec
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait, Waiter
from kernel_stub.process import RestartBlock

_COMMANDS = (
    "FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_FD", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP", "FUTEX_LOCK_PI",
    "FUTEX_UNLOCK_PI", "FUTEX_TRYLOCK_PI", "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_WAIT_REQUEUE_PI",
    "FUTEX_CMP_REQUEUE_PI", "FUTEX_LOCK_PI2",
)  # fmt: skip
WAIT, WAKE, WAIT_BITSET, WAKE_BITSET = (
    CONSTANTS[f"FUTEX_{name}"] for name in ("WAIT", "WAKE", "WAIT_BITSET", "WAKE_BITSET")
)
WAIT_REQUEUE_PI, LOCK_PI, LOCK_PI2 = (
    CONSTANTS[f"FUTEX_{name}"] for name in ("WAIT_REQUEUE_PI", "LOCK_PI", "LOCK_PI2")
)
PRIVATE, REALTIME = CONSTANTS["FUTEX_PRIVATE_FLAG"], CONSTANTS["FUTEX_CLOCK_REALTIME"]
TIMED = (WAIT, WAIT_BITSET, LOCK_PI, LOCK_PI2, WAIT_REQUEUE_PI)
BY_REALTIME = (WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2)

Operation = Annotated[
    int,
    Flags(
        "int %",
        unknown="FUTEX_???",
        names=(("FUTEX_CLOCK_REALTIME", REALTIME),),
        modes=named(CONSTANTS, *_COMMANDS)
        + tuple((f"{name}_PRIVATE", CONSTANTS[name] | PRIVATE) for name in _COMMANDS),
        mode_mask=~REALTIME,
    ),
]
Unsigned = Annotated[int, UNSIGNED]
ANY = 0xFFFFFFFF  # FUTEX_BITSET_MATCH_ANY


# Which word: in memory that processes share its physical page and the place there, else address space and address.
Word = tuple[bool, int, int]


@dataclass(eq=False, slots=True)
class Sleeper(Waiter):
    """A thread that waits for a word to change: with which bits, and since when."""

    word: Word = (False, 0, 0)
    wanted: int = ANY
    since: int = 0


def futex(
    kernel: Kernel,
    uaddr: Address,
    futex_op: Operation,
    val: Unsigned,
    timeout: InTimespec,
    uaddr2: Address,
    val3: Unsigned,
) -> Interruptible:
    """Wait while a word has a value, or wake who waits."""
    command = futex_op & ~(PRIVATE | REALTIME)
    if kernel.thread.waiting is not None:
        return _wait(kernel, kernel.thread.waiting, futex_op, (uaddr, val))
    until = _until(kernel, command, futex_op, timeout) if timeout and command in TIMED else None
    if futex_op & REALTIME and command not in BY_REALTIME:
        raise Errno("ENOSYS")
    if command not in (WAIT, WAKE, WAIT_BITSET, WAKE_BITSET):
        known = 0 <= command < len(_COMMANDS) and command != CONSTANTS["FUTEX_FD"]
        raise Errno("ENOSYS", simulated=not known)
    if command in (WAIT_BITSET, WAKE_BITSET) and not val3:
        raise Errno("EINVAL")
    _check(kernel, uaddr, futex_op)
    wanted = val3 if command in (WAIT_BITSET, WAKE_BITSET) else ANY
    if command in (WAKE, WAKE_BITSET):
        return wake(kernel, uaddr, val, wanted, futex_op)
    if user.read(kernel.memory, uaddr, 4) != val.to_bytes(4, "little"):
        raise Errno("EAGAIN")
    return _wait(kernel, _sleep(kernel, uaddr, until, futex_op, wanted), futex_op, (uaddr, val))


def _word(kernel: Kernel, address: int, operation: int) -> Word:
    """[get_futex_key]"""
    process = kernel.process
    region = None if operation & PRIVATE else process.space.find(address)
    if region is not None and region.shared:
        return True, kernel.memory.frame(address) or 0, address % PAGE
    return False, process.root, address


def _sleep(kernel: Kernel, address: int, until: int | None, operation: int, wanted: int = ANY) -> Wait:
    """A place in the queue of the word's waiters."""
    source = Sleeper(None, _word(kernel, address, operation), wanted, kernel.clock.now)
    return Wait(f"futex {address:#x}", until, source=source)


def wake(kernel: Kernel, address: int, count: int, wanted: int = ANY, operation: int = 0) -> int:
    """Wake waiters of a word, those that came first, whose sets share a bit with `wanted`; how many [futex_wake].

    One is woken also where the count is 0 or less, as there: it is compared after the first.
    """
    word = _word(kernel, address, operation)
    threads = (thread for process in kernel.processes for thread in process.threads)
    sources = (thread.waiting.source for thread in threads if thread.waiting is not None)
    sleepers = [s for s in sources if isinstance(s, Sleeper) and s.word == word and s.wanted & wanted]
    sleepers = sorted((s for s in sleepers if not s.ready), key=lambda sleeper: sleeper.since)
    woken = sleepers[: max(count if count < 1 << 31 else 1, 1)]
    for sleeper in woken:
        sleeper.result = 0
    return len(woken)


def _until(kernel: Kernel, command: int, operation: int, timeout: int) -> int:
    """When the wait is over, by the clock: FUTEX_WAIT's time counts from now. Raises Errno."""
    time = read_timespec(kernel.memory, timeout)
    if command == WAIT:
        return min(kernel.clock.now + time, NEVER)
    name = "CLOCK_REALTIME" if operation & REALTIME or command == LOCK_PI else "CLOCK_MONOTONIC"
    row = find(kernel, CONSTANTS[name])
    assert row is not None
    return min(time - row.offset, NEVER)


def _check(kernel: Kernel, address: int, operation: int) -> None:
    """What makes a key of the address (get_futex_key). Raises Errno."""
    if address % 4:
        raise Errno("EINVAL")
    if address > TASK_SIZE - 4:
        raise Errno("EFAULT")
    if not operation & PRIVATE:
        user.read(kernel.memory, address, 4)


def _wait(kernel: Kernel, wait: Wait, operation: int, word: tuple[int, int]) -> int | Blocked | Restart:
    """Asleep until somebody wakes it, or the time or a signal comes. Raises Errno ETIMEDOUT."""
    if wait.source is not None and wait.source.ready:
        return 0
    if wait.until is not None and kernel.clock.now >= wait.until:
        raise Errno("ETIMEDOUT")
    if not signals.deliverable(kernel.process, kernel.thread):
        return Blocked(wait)
    if wait.until is None:
        return Restart.ERESTARTSYS
    kernel.thread.restart = RestartBlock("futex", (wait.until, operation, *word))
    return Restart.ERESTART_RESTARTBLOCK


def continue_wait(kernel: Kernel, until: int, operation: int, address: int, value: int) -> int | Blocked | Restart:
    """What restart_syscall does about a wait with a time (futex_wait_restart)."""
    if kernel.thread.waiting is None and user.read(kernel.memory, address, 4) != value.to_bytes(4, "little"):
        raise Errno("EAGAIN")
    wait = kernel.thread.waiting or _sleep(kernel, address, until, operation)
    return _wait(kernel, wait, operation, (address, value))
