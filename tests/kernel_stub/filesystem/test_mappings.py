"""mmap of files: what a mapping shows, what goes into the file, and what lies behind its end (Linux)."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_stub.cpu import Fault
from kernel_stub.linux.personality import LINUX
from tests.kernel_stub.conftest import Family, Guest
from tests.kernel_stub.test_any_family import check

READ, WRITE, EXECUTE = 1, 2, 4
SHARED, PRIVATE, ANONYMOUS, VALIDATE = 1, 2, 0x20, 3
PAGE = 0x1000
MS_ASYNC, MS_SYNC = 1, 4


@pytest.fixture
def fd(on_linux):
    """A file of a page and a half, open for both."""
    on_linux.make(b"/tmp/f", b"A" * 0x800)
    fd = on_linux.open(b"/tmp/f", "O_RDWR")
    on_linux.guest.put(on_linux.buffer, b"B" * 0x1000)
    on_linux.call("pwrite64", fd, on_linux.buffer, 0x1000, 0x800)
    return fd


def mapped(files, fd, protection=READ | WRITE, flags=PRIVATE, offset=0, size=2 * PAGE) -> int:
    address = files.call("mmap", 0, size, protection, flags, fd, offset)
    assert isinstance(address, int), address
    return address


def test_a_mapping_shows_the_file_and_zeros_behind_its_end(on_linux, fd):
    address, memory = mapped(on_linux, fd), on_linux.guest.memory
    assert memory.copy_in(address + 0x7FE, 4) == b"AABB"
    assert memory.copy_in(address + 0x17FE, 4) == b"BB\0\0"
    other = mapped(on_linux, fd, offset=PAGE, size=PAGE)
    assert memory.copy_in(other, 2) == b"BB"
    assert on_linux.guest.kernel.process.space.find(address).name == "/tmp/f"


def test_a_mapping_outlives_its_descriptor_and_its_name(on_linux, fd):
    address = mapped(on_linux, fd)
    on_linux.call("close", fd)
    on_linux.call("unlink", b"/tmp/f")
    assert on_linux.guest.memory.copy_in(address, 2) == b"AA"


def test_what_is_written_to_a_private_mapping_stays_there(on_linux, fd):
    address, memory = mapped(on_linux, fd), on_linux.guest.memory
    memory.copy_out(address, b"mine")
    assert on_linux.call("munmap", address, 2 * PAGE) == 0
    assert on_linux.content(b"/tmp/f")[:4] == b"AAAA"


@pytest.mark.parametrize("how", ["read", "munmap", "msync", "exit", "mapped over"])
def test_what_is_written_to_a_shared_mapping_goes_into_the_file(on_linux, fd, how):
    files, address = on_linux, mapped(on_linux, fd, flags=SHARED)
    files.guest.memory.copy_out(address + 2, b"shared")
    if how == "munmap":
        assert files.call("munmap", address, PAGE) == 0
    elif how == "msync":
        assert files.call("msync", address, PAGE, MS_SYNC) == 0
        assert files.guest.text == f"msync({address:#x}, 4096, MS_SYNC) = 0"
    elif how == "exit":
        files.call("exit_group", 0)
    elif how == "mapped over":
        assert files.call("mmap", address, PAGE, READ, PRIVATE | ANONYMOUS | 0x10, -1, 0) == address
    if how == "read":
        assert files.call("pread64", fd, files.buffer, 10, 0) == 10
        assert files.answer(10) == b"AAsharedAA"
    inode = files.kernel.filesystem.child(files.kernel.filesystem.child(files.kernel.filesystem.root, b"tmp"), b"f")
    assert inode.contents.read(0, 10) == b"AAsharedAA"
    assert inode.contents.size == 0x1800


def test_shared_mappings_show_what_is_written_to_the_file(on_linux, fd):
    shared, memory = mapped(on_linux, fd, READ, SHARED), on_linux.guest.memory
    assert memory.copy_in(shared, 2) == b"AA"
    on_linux.call("lseek", fd, 0, 0)
    on_linux.write(fd, b"new")
    assert memory.copy_in(shared, 4) == b"newA"
    with pytest.raises(Exception, match="bad guest address"):
        memory.copy_out(shared, b"x")


def test_a_page_behind_the_end_is_sigbus(on_linux, fd):
    files, guest = on_linux, on_linux.guest
    address = mapped(files, fd, size=4 * PAGE)
    assert guest.call("write", 1, address + 2 * PAGE, 1) == "EFAULT"
    guest.kernel.events.clear()
    guest.kernel.fault(guest.registers, Fault(14, 4, address + 2 * PAGE + 5))
    posted = guest.kernel.events[0]
    assert (posted.name, posted.info.code, posted.info.address) == ("SIGBUS", 2, address + 2 * PAGE + 5)


def test_a_page_that_a_truncation_took_is_sigbus(on_linux, fd):
    files, guest = on_linux, on_linux.guest
    address = mapped(files, fd, flags=SHARED)
    assert guest.memory.copy_in(address + PAGE, 1) == b"B"
    assert files.call("ftruncate", fd, 5) == 0
    assert guest.memory.copy_in(address, 6) == b"AAAAA\0"
    guest.kernel.events.clear()
    guest.kernel.fault(guest.registers, Fault(14, 6, address + PAGE))
    assert guest.kernel.events[0].name == "SIGBUS"


def test_a_forbidden_access_is_sigsegv_also_behind_the_end(on_linux, fd):
    guest, address = on_linux.guest, mapped(on_linux, fd, READ, size=4 * PAGE)
    guest.kernel.events.clear()
    guest.kernel.fault(guest.registers, Fault(14, 6, address + 2 * PAGE))
    assert (guest.kernel.events[0].name, guest.kernel.events[0].info.code) == ("SIGSEGV", 2)


@pytest.mark.parametrize(
    ("flags", "how", "protection", "expected"),
    [
        ("O_RDONLY", SHARED, READ | WRITE, "EACCES"),
        ("O_RDONLY", PRIVATE, READ | WRITE, 0),
        ("O_WRONLY", PRIVATE, READ, "EACCES"),
        ("O_WRONLY", SHARED, WRITE, "EACCES"),
        ("O_RDWR", VALIDATE, READ, 0),
        ("O_RDWR", 0, READ, "EINVAL"),
        ("O_RDWR", PRIVATE | 0x100, READ, "EINVAL"),  # MAP_GROWSDOWN
        ("O_RDWR", VALIDATE | 0x80000, READ, "EOPNOTSUPP"),  # MAP_SYNC
    ],
)
def test_who_may_map(on_linux, fd, flags, how, protection, expected):
    other = on_linux.open(b"/tmp/f", flags)
    answer = on_linux.call("mmap", 0, PAGE, protection, how, other, 0)
    assert answer == expected or (expected == 0 and isinstance(answer, int))


def test_a_mapping_of_a_file_that_is_read_only_stays_so(on_linux, fd):
    other = on_linux.open(b"/tmp/f", "O_RDONLY")
    address = mapped(on_linux, other, READ, SHARED)
    assert on_linux.call("mprotect", address, PAGE, READ | WRITE) == "EACCES"
    private = mapped(on_linux, other, READ, PRIVATE)
    assert on_linux.call("mprotect", private, PAGE, READ | WRITE) == 0
    on_linux.guest.memory.copy_out(private, b"own")
    assert on_linux.guest.memory.copy_in(address, 3) == b"AAA"


def test_what_cannot_be_mapped(on_linux):
    directory = on_linux.open(b"/tmp", "O_RDONLY")
    assert on_linux.call("mmap", 0, PAGE, READ, PRIVATE, directory, 0) == "ENODEV"
    assert on_linux.call("mmap", 0, PAGE, READ, PRIVATE, on_linux.open(b"/dev/null", "O_RDONLY"), 0) == "ENODEV"
    assert "[not simulated]" not in on_linux.guest.text
    assert on_linux.call("mmap", 0, PAGE, READ, PRIVATE, on_linux.open(b"/dev/zero", "O_RDONLY"), 0) == "ENODEV"
    assert "[not simulated]" in on_linux.guest.text


def test_parts_of_a_mapping_keep_their_places_in_the_file(on_linux):
    files, memory = on_linux, on_linux.guest.memory
    fd = files.open(b"/tmp/g", "O_RDWR", "O_CREAT")
    for index in range(4):
        files.guest.put(files.buffer, b"%d" % index * 16)
        files.call("pwrite64", fd, files.buffer, 16, index * PAGE)
    address = mapped(files, fd, READ, SHARED, size=4 * PAGE)
    assert files.call("munmap", address + PAGE, PAGE) == 0
    assert files.call("mprotect", address + 3 * PAGE, PAGE, READ | EXECUTE) == 0
    assert memory.copy_in(address + 2 * PAGE, 2) == b"22"
    assert memory.copy_in(address + 3 * PAGE, 2) == b"33"
    moved = files.call("mremap", address + 2 * PAGE, PAGE, 2 * PAGE, 1, 0)
    assert memory.copy_in(moved, 2) == b"22"
    assert memory.copy_in(moved + PAGE, 2) == b"33"


def test_msync_refusals(on_linux, fd):
    address = mapped(on_linux, fd, flags=SHARED)
    assert on_linux.call("msync", address + 1, PAGE, MS_SYNC) == "EINVAL"
    assert on_linux.call("msync", address, PAGE, MS_SYNC | MS_ASYNC) == "EINVAL"
    assert on_linux.call("msync", address, PAGE, 8) == "EINVAL"
    assert on_linux.call("msync", address, 8 * PAGE, MS_SYNC) == "ENOMEM"


def test_a_mapping_of_a_file_larger_than_memory_costs_nothing(on_linux):
    files = on_linux
    fd = files.open(b"/tmp/huge", "O_RDWR", "O_CREAT")
    assert files.call("ftruncate", fd, 1 << 45) == 0
    address = mapped(files, fd, flags=SHARED, size=1 << 45)
    files.guest.memory.copy_out(address + (1 << 44), b"here")
    state = files.kernel.checkpoint()
    assert files.call("munmap", address, 1 << 45) == 0
    assert files.call("pread64", fd, files.buffer, 4, 1 << 44) == 4
    assert files.answer(4) == b"here"
    files.kernel.restore(state)


# A file without a name lives as long as a mapping of it ---------------------------------------------


@pytest.mark.parametrize("how", ["munmap", "in pieces", "mapped over", "moved"])
def test_a_file_goes_with_its_last_mapping(on_linux, fd, how):
    files, used = on_linux, on_linux.kernel.filesystem.used
    address = mapped(files, fd, flags=SHARED)
    files.call("close", fd)
    files.call("unlink", b"/tmp/f")
    assert files.kernel.filesystem.used == used - 1  # the name
    files.call("mprotect", address, PAGE, READ)
    assert files.guest.memory.copy_in(address + PAGE, 2) == b"BB"
    if how == "munmap":
        assert files.call("munmap", address, 2 * PAGE) == 0
    elif how == "in pieces":
        assert files.call("munmap", address + PAGE, PAGE) == 0
        assert files.kernel.filesystem.used == used - 1
        assert files.call("munmap", address, PAGE) == 0
    elif how == "mapped over":
        assert files.call("mmap", address, 2 * PAGE, READ, PRIVATE | ANONYMOUS | 0x10, -1, 0) == address
    else:
        assert files.call("mremap", address, PAGE, PAGE, 3, 0x10_0000_0000) == 0x10_0000_0000
        assert files.guest.memory.copy_in(0x10_0000_0000, 2) == b"AA"
        assert files.call("munmap", address + PAGE, PAGE) == 0
        assert files.kernel.filesystem.used == used - 1
        assert files.call("munmap", 0x10_0000_0000, PAGE) == 0
    assert files.kernel.filesystem.used == used - 3


def test_files_that_are_mapped_and_unlinked_without_end(on_linux):
    files = on_linux
    files.kernel.filesystem.capacity = files.kernel.filesystem.used + 20
    for _ in range(100):
        fd = files.call("open", b"/tmp/g", 0o102, 0o600)
        assert files.call("write", fd, files.buffer, PAGE) == PAGE
        address = mapped(files, fd, size=PAGE)
        assert [files.call("close", fd), files.call("unlink", b"/tmp/g")] == [0, 0]
        assert files.call("munmap", address, PAGE) == 0


def step(family: Family, random: Random, fd: int) -> None:
    """A process maps the file, or changes such a mapping, or comes, or goes."""
    page, size = 0x7000_0000 + PAGE * random.randrange(6), PAGE * random.randint(1, 3)
    shared = random.choice((SHARED, PRIVATE))
    family.call(*random.choice((
        ("mmap", page, size, READ | WRITE, shared | 0x10, fd, PAGE * random.randrange(2)),
        ("mmap", page, size, READ, shared | 0x10 | ANONYMOUS, -1, 0), ("munmap", page, size),
        ("mprotect", page, size, random.choice((0, READ, READ | WRITE))),
        ("mremap", page, PAGE * random.randint(1, 2), size, random.choice((1, 3)), 0x7100_0000 + PAGE * 8),
        ("mremap", page, PAGE, PAGE, 5, 0), ("write", fd, page, 5), ("fork",), ("clone", 0x111, 0), ("vfork",),
        ("wait4", -1, 0, 1, 0),
    )))  # fmt: skip
    if family.pid != family.first and random.random() < 0.2:
        family.call("exit_group", 0)
    if random.random() < 0.3:
        family.give_way()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32))
def test_mappings_are_counted(seed):
    """Each file knows how many regions show it; when all are gone, so is a file without a name."""
    guest, random = Guest(LINUX), Random(seed)
    guest.put(guest.rw, b"/tmp/f\0")
    fd = guest.call("open", guest.rw, 0o102, 0o600)
    guest.call("write", fd, guest.rw, 2 * PAGE)
    guest.call("unlink", guest.rw)
    family, kernel = Family(guest), guest.kernel
    for _ in range(40):
        step(family, random, fd)
        check(kernel)
    for process in kernel.processes[1:]:
        if process.exit is None:
            kernel.kill(9, process)
    kernel.tick(family.registers)
    assert kernel.process is kernel.first
    check(kernel)
    for region in list(kernel.process.space.regions):
        family.call("munmap", region.start, region.end - region.start)
    inode = kernel.process.files.get(fd).open_file.file.inode
    assert inode.contents is not None
    family.call("close", fd)
    assert (inode.mapped, inode.contents, kernel.filesystem.used) == (0, None, 0)
