"""Linux's calls that arrange memory: brk, mmap and their like; anonymous memory, and regular files.

Sources: mm/mmap.c, mm/mprotect.c, mm/mremap.c, mm/madvise.c. The checks stand in the kernel's order.
"""

from __future__ import annotations

from kernel_stub.address_space import LOWEST, PAGE, TASK_SIZE, AddressSpace, Region, round_up
from kernel_stub.cpu import MASK64, Protection
from kernel_stub.files import OpenFile
from kernel_stub.filesystem.backing import Backing
from kernel_stub.filesystem.open_files import Device, RegularFile
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Fd, Int, Size
from kernel_stub.linux.abi import MAX_ERRNO
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.memory_flags import Break, MapFlags, Offset, Prot, SyncFlags
from kernel_stub.outcomes import Errno

(
    MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, MAP_TYPE, MAP_FIXED, MAP_ANONYMOUS, MAP_32BIT, MAP_GROWSDOWN,
    MAP_POPULATE, MAP_NONBLOCK, MAP_NORESERVE, MAP_LOCKED, MAP_HUGETLB, MAP_FIXED_NOREPLACE,
) = (
    CONSTANTS[f"MAP_{name}"]
    for name in (
        "SHARED", "PRIVATE", "SHARED_VALIDATE", "TYPE", "FIXED", "ANONYMOUS", "32BIT", "GROWSDOWN",
        "POPULATE", "NONBLOCK", "NORESERVE", "LOCKED", "HUGETLB", "FIXED_NOREPLACE",
    )
)  # fmt: skip
MS_ASYNC, MS_INVALIDATE, MS_SYNC = (CONSTANTS[f"MS_{name}"] for name in ("ASYNC", "INVALIDATE", "SYNC"))
PROT_SEM, PROT_GROWSDOWN, PROT_GROWSUP = 8, CONSTANTS["PROT_GROWSDOWN"], CONSTANTS["PROT_GROWSUP"]
LEGACY_MAP_MASK = 0x7C07_F9F3  # flags that MAP_SHARED_VALIDATE takes without asking the file
MAX_MAP_COUNT = 65530  # vm.max_map_count
BOTTOM_32, TOP_32 = 0x4000_0000, 0x8000_0000  # where MAP_32BIT looks, from below


def brk(kernel: Kernel, addr: Break) -> Break:
    """Move the end of the heap; the answer is where it ends then, which is where it was if it can't move."""
    space = kernel.process.space
    if addr < space.start_brk:
        return space.brk
    old, new = round_up(space.brk), round_up(addr)
    if new > TASK_SIZE:
        return space.brk
    if new < old:
        space.unmap(kernel.memory, new, old)
    elif new > old:
        if not space.is_free(old, new + PAGE) or new - old > space.ram:
            return space.brk
        space.add(Region(old, new, Protection.READ | Protection.WRITE, "[heap]"))
    space.brk = addr
    return addr


def mmap(
    kernel: Kernel, addr: Address, length: Size, prot: Prot, flags: MapFlags, fd: Fd, offset: Offset
) -> Address:
    """Map zeroed memory or a file, at a place of the kernel's choice unless the caller insists."""
    space = kernel.process.space
    if offset % PAGE:
        raise Errno("EINVAL")
    if not flags & MAP_ANONYMOUS:
        kernel.process.files.get(fd)
    if flags & MAP_HUGETLB:  # no file here is of huge pages, and none are set aside for anonymous ones
        raise Errno("ENOMEM" if flags & MAP_ANONYMOUS else "EINVAL")
    if not length:
        raise Errno("EINVAL")
    size = round_up(length)
    if size >= 1 << 64 or len(space.regions) > MAX_MAP_COUNT:
        raise Errno("ENOMEM")
    if addr > MASK64 - MAX_ERRNO and flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) and size <= TASK_SIZE:
        return addr  # get_unmapped_area answers it as it is, and then it looks like an error
    start = place(space, addr, size, flags)
    if flags & MAP_FIXED_NOREPLACE and space.overlapping(start, start + size):
        raise Errno("EEXIST")
    if flags & MAP_ANONYMOUS:
        region = _region(start, size, prot, flags)
    else:
        region = _of_file(kernel, kernel.process.files.get(fd).open_file, start, size, prot, flags, offset)
    if size > space.ram and region.accounted:
        if region.shared:  # its pages are set aside when what lay there is gone
            space.unmap(kernel.memory, start, start + size)
        raise Errno("ENOMEM")
    space.map(kernel.memory, region)
    if flags & (MAP_POPULATE | MAP_LOCKED) and not flags & MAP_NONBLOCK:
        populate(kernel, start, start + size)
    return start


def place(space: AddressSpace, addr: int, size: int, flags: int) -> int:
    """Where the mapping goes (get_unmapped_area). Raises Errno."""
    if size > TASK_SIZE:
        raise Errno("ENOMEM")
    if flags & (MAP_FIXED | MAP_FIXED_NOREPLACE):
        start = addr
    else:
        hint = addr & -PAGE
        hint = max(hint, LOWEST) if hint else 0
        found = _near(space, hint, size, flags)
        if found is None:
            raise Errno("ENOMEM")
        start = found
    if start > TASK_SIZE - size:
        raise Errno("ENOMEM")
    if start % PAGE:
        raise Errno("EINVAL")
    if start < LOWEST:
        raise Errno("EPERM")
    return start


def _near(space: AddressSpace, hint: int, size: int, flags: int) -> int | None:
    """The hint if there is room, else the highest room below mmap's base (or the lowest for MAP_32BIT)."""
    low, high = (BOTTOM_32, TOP_32) if flags & MAP_32BIT else (LOWEST, TASK_SIZE)
    if hint and hint + size <= high and space.is_free(hint, hint + size):
        return hint
    if flags & MAP_32BIT:
        return space.lowest_gap(size, low, high)
    found = space.highest_gap(size)
    return space.lowest_gap(size, round_up(TASK_SIZE // 3), high) if found is None else found


def _region(start: int, size: int, prot: int, flags: int) -> Region:
    """The region that prot and flags ask for. Raises Errno EINVAL."""
    kind, grows_down = flags & MAP_TYPE, bool(flags & MAP_GROWSDOWN)
    if kind not in (MAP_SHARED, MAP_PRIVATE) or (kind == MAP_SHARED and grows_down):
        raise Errno("EINVAL")
    return Region(
        start,
        start + size,
        Protection(prot & 7),
        shared=kind == MAP_SHARED,
        grows_down=grows_down,
        reserved=not flags & MAP_NORESERVE,
    )


def _of_file(
    kernel: Kernel, open_file: OpenFile, start: int, size: int, prot: int, flags: int, offset: int
) -> Region:
    """The region of a file that prot and flags ask for. Raises Errno."""
    kind, file, shared = flags & MAP_TYPE, open_file.file, flags & MAP_TYPE != MAP_PRIVATE
    if offset + size >= 1 << 64:
        raise Errno("EOVERFLOW")
    if kind not in (MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE):
        raise Errno("EINVAL")
    if kind == MAP_SHARED_VALIDATE and flags & ~LEGACY_MAP_MASK:
        raise Errno("EOPNOTSUPP")
    if shared and prot & Protection.WRITE and not open_file.writable:
        raise Errno("EACCES")
    if not open_file.readable:
        raise Errno("EACCES")
    if not isinstance(file, RegularFile):  # /dev/zero would give zeroed memory
        raise Errno("ENODEV", simulated=not (isinstance(file, Device) and file.inode.driver == "zero"))
    if flags & MAP_GROWSDOWN:
        raise Errno("EINVAL")
    file.touch()
    backing = Backing(file.files, file.inode, not shared or open_file.writable)
    name = (kernel.filesystem.name(file.inode) or b"(deleted)").decode(errors="surrogateescape")
    protection, reserved = Protection(prot & 7), not flags & MAP_NORESERVE
    return Region(start, start + size, protection, name, shared, reserved=reserved, backing=backing, offset=offset)


def populate(kernel: Kernel, start: int, end: int) -> None:
    """Bring in pages before they are touched, as far as there is memory."""
    memory = kernel.memory
    for region in kernel.process.space.overlapping(start, end):
        if not region.protection:
            continue
        for page in range(max(region.start, start), min(region.end, end), PAGE):
            if memory.protection(page) is None and not memory.pager(page, Protection.READ):
                return
            if kernel.process.exit is not None:
                return


def munmap(kernel: Kernel, addr: Address, length: Size) -> Int:
    """Free the pages of a range, whatever lies there."""
    if addr % PAGE or addr > TASK_SIZE or length > TASK_SIZE - addr or not length:
        raise Errno("EINVAL")
    kernel.process.space.unmap(kernel.memory, addr, addr + round_up(length))
    return 0


def msync(kernel: Kernel, start: Address, length: Size, flags: SyncFlags) -> Int:
    """Bring what was written to shared mappings of files into the files."""
    size = round_up(length)
    both = MS_ASYNC | MS_SYNC
    if flags & ~(both | MS_INVALIDATE) or start % PAGE or flags & both == both:
        raise Errno("EINVAL")
    if start + size >= 1 << 64:
        raise Errno("ENOMEM")
    space, at = kernel.process.space, start
    space.store(kernel.memory, start, start + size)
    for region in space.overlapping(start, start + size):
        if region.start > at:
            break
        at = region.end
    if at < start + size:
        raise Errno("ENOMEM")
    return 0


def mprotect(kernel: Kernel, start: Address, len: Size, prot: Prot) -> Int:
    """Change what may be done with the pages of a range; what lies before a hole is changed all the same."""
    grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP)
    prot &= ~grows
    if grows == PROT_GROWSDOWN | PROT_GROWSUP or start % PAGE:
        raise Errno("EINVAL")
    if not len:
        return 0
    end = start + round_up(len)
    if round_up(len) >= 1 << 64 or end >= 1 << 64:
        raise Errno("ENOMEM")
    if prot & ~(7 | PROT_SEM):
        raise Errno("EINVAL")
    space = kernel.process.space
    start, end = _grown(space, start, end, grows)
    for region in space.overlapping(start, end):
        if region.start > start:
            break
        upto = min(region.end, end)
        changed = region._replace(protection=Protection(prot & 7))
        if prot & Protection.WRITE and region.backing is not None and not region.backing.writable:
            raise Errno("EACCES")
        if changed.accounted and not region.accounted and upto - start > space.ram:
            break
        space.protect(kernel.memory, start, upto, changed.protection)
        start = upto
    if start < end:
        raise Errno("ENOMEM")
    return 0


def _grown(space: AddressSpace, start: int, end: int, grows: int) -> tuple[int, int]:
    """The range with PROT_GROWSDOWN's wish: from the start of the stack that it touches. Raises Errno."""
    touched = space.overlapping(start, end)
    if not touched or (touched[0].start > start and not grows & PROT_GROWSDOWN):
        raise Errno("ENOMEM")
    if grows & PROT_GROWSUP or (grows and not touched[0].grows_down):
        raise Errno("EINVAL")
    return (touched[0].start if grows else start), end

