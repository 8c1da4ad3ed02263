"""mremap and madvise: changing memory that is mapped. Sources: mm/mremap.c, mm/madvise.c."""

from __future__ import annotations

from kernel_stub.address_space import PAGE, TASK_SIZE, AddressSpace, Region, round_up
from kernel_stub.cpu import MASK64, Protection
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Int, Size
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.memory import MAP_FIXED, munmap, place, populate
from kernel_stub.linux.memory_flags import Advice, RemapFlags
from kernel_stub.outcomes import Errno

MAYMOVE, FIXED, DONTUNMAP = (CONSTANTS[f"MREMAP_{name}"] for name in ("MAYMOVE", "FIXED", "DONTUNMAP"))
_ADVICE = {value: name for name, value in CONSTANTS.items() if name.startswith("MADV_")}
DROPPING = frozenset(("MADV_DONTNEED", "MADV_DONTNEED_LOCKED"))
POPULATING = frozenset(("MADV_POPULATE_READ", "MADV_POPULATE_WRITE"))


def mremap(
    kernel: Kernel, old_address: Address, old_size: Size, new_size: Size, flags: RemapFlags, new_address: Address
) -> Address:
    """Make a mapping larger or smaller, where it is or elsewhere."""
    old, new = round_up(old_size) & MASK64, round_up(new_size) & MASK64
    _check(old_address, old, new, flags, new_address)
    if flags & FIXED and old == new:
        return _move_all(kernel, old_address, old_address + old, flags, new_address)
    space = kernel.process.space
    region = space.find(old_address)
    if region is None:
        raise Errno("EFAULT")
    if flags & (FIXED | DONTUNMAP):
        return _move_to(kernel, region, old_address, old, new, flags, new_address)
    if old == new:
        return old_address
    if old > new:
        munmap(kernel, old_address + new, old - new)
        return old_address
    if old or not region.shared:
        _check_source(region, old_address, old)
    end = old_address + new
    if old == region.end - old_address and end <= TASK_SIZE and space.is_free(region.end, end):
        _check_growth(space, region, new - old)
        space.add(region.part(region.end, end))
        return old_address
    if not flags & MAYMOVE:
        raise Errno("ENOMEM")
    _check_source(region, old_address, old)
    return _move(kernel, region, old_address, old, new, flags, 0)


def _check(old_address: int, old: int, new: int, flags: int, new_address: int) -> None:
    """What can be said without looking at the mappings (check_mremap_params). Raises Errno EINVAL."""
    wrong = flags & ~(MAYMOVE | FIXED | DONTUNMAP) or old_address % PAGE or not new or new > TASK_SIZE
    if flags & (FIXED | DONTUNMAP):
        wrong = (
            wrong
            or new_address > TASK_SIZE - new
            or new_address % PAGE
            or not flags & MAYMOVE
            or (flags & DONTUNMAP and old != new)
            or ((old_address + old) & MASK64 > new_address and new_address + new > old_address)
        )
    if wrong:
        raise Errno("EINVAL")


def _check_source(region: Region, start: int, old: int) -> None:
    """What can't be moved or grown (check_prep_vma). Raises Errno."""
    if not old:  # a second mapping of the same pages: only shared memory could have that
        raise Errno("EINVAL", simulated=not region.shared)
    if old > region.end - start:
        raise Errno("EFAULT")


def _check_growth(space: AddressSpace, region: Region, by: int) -> None:
    """Whether there is memory for more of a region. Raises Errno ENOMEM."""
    if by > 0 and region.shared and region.backing is None:  # its object doesn't grow: SIGBUS behind its end
        raise Errno("ENOMEM", simulated=False)
    if by > space.ram and region.accounted:
        raise Errno("ENOMEM")


def _move_all(kernel: Kernel, start: int, end: int, flags: int, target: int) -> int:
    """All regions of a range, with the gaps between them, to a fixed place (remap_move, Linux 6.17)."""
    regions = kernel.process.space.overlapping(start, end)
    if not regions or regions[0].start > start:
        raise Errno("EFAULT")
    for region in regions:
        low, high = max(region.start, start), min(region.end, end)
        _move_to(kernel, region, low, high - low, high - low, flags, target + low - start)
    return target


def _move_to(
    kernel: Kernel, region: Region, start: int, old: int, new: int, flags: int, target: int
) -> int:
    """To `target`, whatever is there, or (MREMAP_DONTUNMAP alone) near it. Raises Errno."""
    space = kernel.process.space
    _check_source(region, start, min(old, new))
    if flags & DONTUNMAP and region.shared:  # the same pages at two places
        raise Errno("EINVAL", simulated=False)
    if flags & FIXED:
        space.unmap(kernel.memory, target, target + new)
    if old > new:
        munmap(kernel, start + new, old - new)
    return _move(kernel, region, start, min(old, new), new, flags, target)


def _move(kernel: Kernel, region: Region, start: int, old: int, new: int, flags: int, target: int) -> int:
    """To `target` if that is free, else where there is room. Raises Errno ENOMEM."""
    space, memory = kernel.process.space, kernel.memory
    _check_growth(space, region, new - old)
    target = place(space, target, new, MAP_FIXED if flags & FIXED else 0)
    try:
        space.move(memory, start, start + old, target)
    except MemoryError:
        raise Errno("ENOMEM") from None
    if new > old:
        space.add(region.part(start + old, start + new)._replace(start=target + old, end=target + new))
    if flags & DONTUNMAP:
        space.add(region.part(start, start + old))
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
    at, hole = addr, False
    for region in kernel.process.space.overlapping(addr, addr + size):
        hole = hole or region.start > at
        if hole and name in POPULATING:
            break
        _advise(kernel, name, region, max(at, region.start), min(addr + size, region.end))
        at = region.end
    if hole or at < addr + size:
        raise Errno("ENOMEM")
    return 0


def _advise(kernel: Kernel, name: str, region: Region, start: int, end: int) -> None:
    """One region's part. Most advice changes nothing that a program could see. Raises Errno EINVAL."""
    if name == "MADV_REMOVE" or (name in DROPPING and not region.shared):
        if not region.shared and name == "MADV_REMOVE":
            raise Errno("EINVAL")
        if region.stores:  # a hole in the file
            raise Errno("EOPNOTSUPP", simulated=False)
        kernel.memory.unmap(start, end - start)
    elif name == "MADV_FREE" and region.shared:  # else the pages may go, and stay while there is memory
        raise Errno("EINVAL")
    elif name in POPULATING:
        if not region.protection & (Protection.WRITE if name.endswith("WRITE") else Protection.READ):
            raise Errno("EINVAL")
        populate(kernel, start, end)
