"""Calls that ask about the system and its limits. Sources: kernel/sys.c, drivers/char/random.c, linux/utsname.h."""

from __future__ import annotations

import struct
from typing import Annotated

from kernel_stub import user
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Choice, Int, SignedSize, Size
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.outcomes import Errno

# struct new_utsname: sysname, nodename, release, version, machine, domainname
UTSNAME = struct.Struct("65s65s65s65s65s65s")
NAMES = (b"Linux", b"ringside", b"6.12.0", b"#1 SMP PREEMPT_DYNAMIC", b"x86_64", b"(none)")
RLIMIT = struct.Struct("<QQ")  # struct rlimit64: rlim_cur, rlim_max
RLIMIT_STACK, RLIMIT_NOFILE, RLIMIT_SIGPENDING, RLIM_NLIMITS = 3, 7, 11, 16
INFINITY = CONSTANTS["RLIM_INFINITY"]
NR_OPEN = 1 << 20  # fs.nr_open
GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE = (
    CONSTANTS[f"GRND_{name}"] for name in ("NONBLOCK", "RANDOM", "INSECURE")
)

Resource = Annotated[
    int,
    Choice(
        "unsigned int %",
        bits=32,
        unknown="RLIMIT_???",
        names=tuple((name, value) for name, value in CONSTANTS.items() if name.startswith("RLIMIT_")),
    ),
]
RandomFlags = Annotated[
    int,
    Flags(
        "unsigned int %",
        unknown="GRND_???",
        names=named(CONSTANTS, "GRND_NONBLOCK", "GRND_RANDOM", "GRND_INSECURE"),
    ),
]


def uname(kernel: Kernel, buf: Address) -> Int:
    """Name and release of the system."""
    user.write(kernel.memory, buf, UTSNAME.pack(*NAMES))
    return 0


def getrandom(kernel: Kernel, buf: Address, buflen: Size, flags: RandomFlags) -> SignedSize:
    """Random bytes: here the same in every run."""
    both = GRND_INSECURE | GRND_RANDOM
    if flags & ~(GRND_NONBLOCK | both) or flags & both == both:
        raise Errno("EINVAL")
    size = kernel.personality.transfer_size(buf, buflen)
    done = 0
    while done < size:
        piece = min(size - done, user.PAGE - (buf + done) % user.PAGE)
        try:
            user.write(kernel.memory, buf + done, kernel.process.randomness.take(piece))
        except Errno:
            if done:
                return done
            raise
        done += piece
    return size


def getrlimit(kernel: Kernel, resource: Resource, rlim: Address) -> Int:
    """The limits, soft and hard, of one resource."""
    user.write(kernel.memory, rlim, RLIMIT.pack(*_limits(kernel, resource)))
    return 0


def setrlimit(kernel: Kernel, resource: Resource, rlim: Address) -> Int:
    """New limits for one resource."""
    soft, hard = RLIMIT.unpack(user.read(kernel.memory, rlim, RLIMIT.size))
    _set_limits(kernel, resource, soft, hard)
    return 0


def prlimit64(kernel: Kernel, pid: Int, resource: Resource, new_limit: Address, old_limit: Address) -> Int:
    """Get and set the limits of a process: here only of the calling one."""
    new = RLIMIT.unpack(user.read(kernel.memory, new_limit, RLIMIT.size)) if new_limit else None
    if pid not in (0, kernel.process.pid):
        raise Errno("ESRCH")
    old = _limits(kernel, resource)
    if new is not None:
        _set_limits(kernel, resource, *new)
    if old_limit:
        user.write(kernel.memory, old_limit, RLIMIT.pack(*old))
    return 0


def _limits(kernel: Kernel, resource: int) -> tuple[int, int]:
    """Soft and hard limit. Raises Errno EINVAL."""
    if resource >= RLIM_NLIMITS:
        raise Errno("EINVAL")
    process = kernel.process
    soft, hard = process.limits.get(resource, (INFINITY, INFINITY))
    enforced = {
        RLIMIT_STACK: process.space.stack_limit,
        RLIMIT_NOFILE: process.files.limit,
        RLIMIT_SIGPENDING: process.sigpending_limit,
    }
    return enforced.get(resource, soft), hard


def _set_limits(kernel: Kernel, resource: int, soft: int, hard: int) -> None:
    """Raises Errno EINVAL for a soft limit above the hard one, EPERM for a hard one above what it was."""
    _, ceiling = _limits(kernel, resource)
    if soft > hard:
        raise Errno("EINVAL")
    if hard > ceiling or (resource == RLIMIT_NOFILE and hard > NR_OPEN):
        raise Errno("EPERM")
    process = kernel.process
    process.limits[resource] = (soft, hard)
    if resource == RLIMIT_STACK:
        process.space.stack_limit = soft
    elif resource == RLIMIT_NOFILE:
        process.files.limit = soft
    elif resource == RLIMIT_SIGPENDING:
        process.sigpending_limit = soft
