"""Whatever processes do to each other, no Python exception escapes, and what they had is given back."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_stub.cpu import MASK64, Registers
from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory

RW = 0x10000
PIDS = st.sampled_from([-4243, -4242, -1, 0, 1, 4241, 4242, 4243, 4244, 4245, 4246])
SIGNALS = st.sampled_from([0, 1, 9, 11, 13, 17, 18, 19, 20, 24])
WAITS = st.sampled_from([1, 4, 5, 6, 8, 0x14, 0x25])
CLONES = st.sampled_from([0, 17, 0x100, 0x511, 0x4111, 0x8011, 0x1200011])
CALLS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["fork", "fork", "vfork", "setsid", "getppid", "pipe", "pause", "give way"])),
        st.tuples(st.just("exit"), st.integers(0, 300)),
        st.tuples(st.just("kill"), PIDS, SIGNALS),
        st.tuples(st.just("wait4"), PIDS, st.just(RW), st.sampled_from([0, 1, 2, 3, 9, 0x11, 0x12]), st.just(RW)),
        st.tuples(st.just("waitid"), st.integers(0, 2), PIDS, st.just(RW), WAITS),
        st.tuples(st.just("setpgid"), PIDS, PIDS),
        st.tuples(st.just("close"), st.integers(0, 6)),
        st.tuples(st.just("read"), st.integers(3, 5), st.just(RW), st.just(4)),
        st.tuples(st.just("write"), st.integers(3, 6), st.just(RW), st.just(4)),
        st.tuples(st.just("clone"), CLONES, st.just(RW + 0x800)),
        st.tuples(st.just("setitimer"), st.just(0), st.just(RW + 0x400), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([LINUX, DARWIN]), CALLS)
def test_any_family(personality, calls):
    memory = PageMemory()
    memory.map(RW, 2 * PAGE)
    memory.poke(RW + 0x400, (0).to_bytes(24, "little") + (300).to_bytes(8, "little"))
    kernel = Kernel(personality, memory)
    kernel.observe = True
    kernel.time_slice = 50
    registers = Registers(rip=0x400000, rsp=RW + 0x1F00, rflags=0x202, cs=personality.user_cs, ss=personality.user_ss)
    for name, *arguments in calls:
        kernel.clock.retired += 20
        if name == "give way":
            kernel.clock.retired += 100
            kernel.tick(registers)
        else:
            number = personality.numbers.get(name, 9999)
            registers.rax = number | (UNIX if personality is DARWIN else 0)
            for register, argument in zip(("rdi", "rsi", "rdx", "r10"), arguments, strict=False):
                setattr(registers, register, argument & MASK64)
            kernel.syscall(registers)
        assert all(event.text for event in kernel.events)
        kernel.events.clear()
        if kernel.first.exit is not None or kernel.waiting or kernel.process.stopped is not None:
            break
        check(kernel)


def check(kernel: Kernel) -> None:
    """Address spaces, descriptors and ids are those of the processes that are there."""
    alive = [process for process in kernel.processes if process.exit is None]
    assert kernel.process in alive and kernel.process.root == kernel.memory.root
    assert set(kernel.memory._spaces) == {process.root for process in alive}
    pids = [process.pid for process in kernel.processes]
    assert pids == sorted(set(pids))
    assert all(process.ppid in (1, 4241, *(other.pid for other in alive)) for process in kernel.processes)
    tables = {id(process.files): process.files for process in alive}.values()
    held: dict[int, int] = {}
    for table in tables:
        for descriptor in table.descriptors.values():
            held[id(descriptor.open_file)] = held.get(id(descriptor.open_file), 0) + 1
            assert descriptor.open_file.holders >= held[id(descriptor.open_file)]
    for table in tables:
        for descriptor in table.descriptors.values():
            assert descriptor.open_file.holders == held[id(descriptor.open_file)]
    runnable = [thread for process in alive for thread in process.threads if thread is not kernel.thread]
    assert all(thread.frame is not None for thread in runnable)
    spaces = {id(process.space): process.space for process in kernel.processes}.values()
    files = [region.backing.inode for space in spaces for region in space.regions if region.backing is not None]
    shown = Counter(map(id, files))
    assert all(inode.mapped == shown[id(inode)] for inode in (*files, *kernel.filesystem.inodes.values()))
