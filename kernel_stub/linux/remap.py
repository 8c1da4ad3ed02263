"""mremap and madvise: changing memory that is mapped. Sources: mm/mremap.c, mm/madvise.c."""

from __future__ import annotations

from dataclasses import replace

from kernel_stub.address_space import PAGE, TASK_SIZE, AddressSpace, Region, round_up
from kernel_stub.cpu import Protection
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Int, Size
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.memory import populate
from kernel_stub.linux.memory_flags import Advice, RemapFlags
from kernel_stub.outcomes import Errno

MAYMOVE, FIXED, DONTUNMAP = (CONSTANTS[f"MREMAP_{name}"] for name in ("MAYMOVE", "FIXED", "DONTUNMAP"))
_ADVICE = {value: name for name, value in CONSTANTS.items() if name.startswith("MADV_")}
DROPPING = frozenset(("MADV_DONTNEED", "MADV_FREE", "MADV_DONTNEED_LOCKED"))
POPULATING = frozenset(("MADV_POPULATE_READ", "MADV_POPULATE_WRITE"))


def mremap(
    kernel: Kernel, old_address: Address, old_size: Size, new_size: Size, flags: RemapFlags, new_address: Address
) -> Address:
    """Make a mapping larger or smaller, where it is or elsewhere."""
    old, new = round_up(old_size) & (1 << 64) - 1, round_up(new_size) & (1 << 64) - 1
    _check(old_address, old, new, flags, new_address)
    space = kernel.process.space
    region = space.find(old_address)
    if region is None:
        raise Errno("EFAULT")
    if not old:  # a second mapping of the same pages, for shared memory only
        raise Errno("EINVAL", simulated=not region.shared)
    if flags & (FIXED | DONTUNMAP):
        return _move(kernel, region, old_address, old, new, flags, new_address if flags & FIXED else None)
    if new <= old:
        space.unmap(kernel.memory, old_address + new, old_address + old)
        return old_address
    if old > region.end - old_address:
        raise Errno("EFAULT")
    if new - old > space.ram:
        raise Errno("ENOMEM")
    if old == region.end - old_address and _can_grow(space, region, new - old):
        space.add(replace(region, start=region.end, end=old_address + new))
        return old_address
    if not flags & MAYMOVE:
        raise Errno("ENOMEM")
    return _move(kernel, region, old_address, old, new, flags, None)


def _check(old_address: int, old: int, new: int, flags: int, new_address: int) -> None:
    """What can be said without looking at the mappings. Raises Errno EINVAL."""
    wrong = (
        flags & ~(MAYMOVE | FIXED | DONTUNMAP)
        or (flags & (FIXED | DONTUNMAP) and not flags & MAYMOVE)
        or (flags & DONTUNMAP and old != new)
        or old_address % PAGE
        or not new
        or new > TASK_SIZE
    )
    if flags & FIXED:
        wrong = (
            wrong
            or new_address % PAGE
            or new_address > TASK_SIZE - new
            or (old_address + old > new_address and new_address + new > old_address)
        )
    if wrong:
        raise Errno("EINVAL")


def _can_grow(space: AddressSpace, region: Region, by: int) -> bool:
    return region.end + by <= TASK_SIZE and space.is_free(region.end, region.end + by)


def _move(
    kernel: Kernel, region: Region, start: int, old: int, new: int, flags: int, target: int | None
) -> int:
    """Elsewhere: to `target`, or where there is room. Raises Errno."""
    space, memory = kernel.process.space, kernel.memory
    kept = min(old, new)
    if kept > region.end - start:
        raise Errno("EFAULT")
    if new > old and new - old > space.ram:
        raise Errno("ENOMEM")
    if target is None:
        found = space.highest_gap(new)
        if found is None:
            raise Errno("ENOMEM")
        target = found
    space.unmap(memory, target, target + new)
    if new < old:
        space.unmap(memory, start + new, start + old)
    space.move(memory, start, start + kept, target)
    if new > old:
        space.add(replace(region, start=target + old, end=target + new))
    if flags & DONTUNMAP:
        space.add(replace(region, start=start, end=start + old))
    return target


def madvise(kernel: Kernel, addr: Address, length: Size, advice: Advice) -> Int:
    """Say how memory will be used; some advice changes what is in it."""
    name = _ADVICE.get(advice)
    if name is None:
        raise Errno("EINVAL")
    size = round_up(length)
    if addr % PAGE or size >= 1 << 64 or addr + size >= 1 << 64:
        raise Errno("EINVAL")
    if name == "MADV_HWPOISON":
        raise Errno("EPERM")
    regions = kernel.process.space.overlapping(addr, addr + size)
    for region in regions:
        _advise(kernel, name, region, max(addr, region.start), min(addr + size, region.end))
    if size and sum(min(r.end, addr + size) - max(r.start, addr) for r in regions) < size:
        raise Errno("ENOMEM")
    return 0


def _advise(kernel: Kernel, name: str, region: Region, start: int, end: int) -> None:
    """One region's part. Most advice changes nothing that a program could see."""
    if name in DROPPING:
        if region.shared:
            if name == "MADV_FREE":
                raise Errno("EINVAL")
            return  # the pages stay in the shared object
        kernel.memory.unmap(start, end - start)
    elif name == "MADV_REMOVE":
        if not region.shared:
            raise Errno("EINVAL")
        kernel.memory.unmap(start, end - start)
    elif name in POPULATING:
        if not region.allows(Protection.WRITE if name.endswith("WRITE") else Protection.READ):
            raise Errno("EFAULT")
        populate(kernel, start, end)
