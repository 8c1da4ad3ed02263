"""select(2) as far as both systems agree: the sets in memory, what is ready, and the sleep until something is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from kernel_stub import user
from kernel_stub.files import File, OpenFile
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Blocked, Wait
from kernel_stub.readiness import Readiness, Watch

Sets = tuple[int, int, int]  # to read, to write, exceptional conditions; bit n for descriptor n
Judge = Callable[[OpenFile | None], tuple[bool, bool, bool]]  # what a file is ready for, in that order


class Asked(NamedTuple):
    """The sets of a call; each takes `size` bytes at its address (0: there is none)."""

    sets: Sets
    addresses: Sets
    size: int

    def has(self, fd: int) -> bool:
        """Whether a descriptor is in one of them."""
        return any(members >> fd & 1 for members in self.sets)


@dataclass(eq=False, slots=True)
class Selection(Watch):
    """A select that sleeps, at most until a time of the clock."""

    asked: Asked
    until: int | None


def read_sets(kernel: Kernel, count: int, addresses: Sets, word: int) -> Asked:
    """The sets of descriptors below `count`; a set is made of words of that many bytes. Raises Errno EFAULT."""
    size = -(-count // (8 * word)) * word
    below = (1 << count) - 1
    sets = [int.from_bytes(user.read(kernel.memory, at, size), "little") & below if at else 0 for at in addresses]
    return Asked((sets[0], sets[1], sets[2]), addresses, size)


def check(kernel: Kernel, asked: Asked) -> None:
    """Every descriptor of the sets has to be open. Raises Errno EBADF."""
    for fd in _members(asked.sets):
        kernel.process.files.get(fd)


def scan(kernel: Kernel, asked: Asked, judge: Judge) -> Sets:
    """Those of the sets that are ready now; None stands for a descriptor that was closed meanwhile."""
    found = [0, 0, 0]
    for fd in _members(asked.sets):
        descriptor = kernel.process.files.descriptors.get(fd)
        if descriptor is not None:
            descriptor.open_file.file.wait(kernel.clock.now)
        for index, ready in enumerate(judge(descriptor.open_file if descriptor is not None else None)):
            found[index] |= asked.sets[index] & ready << fd
    return found[0], found[1], found[2]


def tell(kernel: Kernel, asked: Asked, found: Sets) -> int:
    """Write the sets of what is ready over those that were asked for; how many bits they have. Raises Errno EFAULT."""
    for address, members in zip(asked.addresses, found, strict=True):
        if address:
            user.write(kernel.memory, address, members.to_bytes(asked.size, "little"))
    return sum(members.bit_count() for members in found)


def sleep(kernel: Kernel, asked: Asked, until: int | None) -> Blocked:
    """Asleep until a file changes or the time has come."""
    descriptors = kernel.process.files.descriptors
    files = [descriptors[fd].open_file.file for fd in _members(asked.sets) if fd in descriptors]
    seen, soonest = watch(kernel, files, until)
    return Blocked(Wait("a descriptor" if files else "its time", soonest, source=Selection(seen, asked, until)))


def watch(
    kernel: Kernel, files: Iterable[File], until: int | None
) -> tuple[tuple[tuple[File, Readiness], ...], int | None]:
    """What files are ready for now, and when to look again: at `until`, or when a terminal's input comes."""
    listed = list(files)
    waits = [wait for file in listed if (wait := file.wait(kernel.clock.now)) is not None]
    times = [time for time in (until, *(wait.until for wait in waits)) if time is not None]
    return tuple((file, file.readiness) for file in listed), min(times, default=None)


def _members(sets: Sets) -> list[int]:
    every = sets[0] | sets[1] | sets[2]
    data = every.to_bytes(-(-every.bit_length() // 8), "little")  # shifting large numbers bit by bit takes long
    return [8 * at + bit for at, byte in enumerate(data) if byte for bit in range(8) if byte >> bit & 1]
