"""Whatever a guest asks, no Python exception escapes, and the answer is one a kernel may give."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_stub.cpu import CARRY, INDEX, NAMES, Fault, Protection, Registers
from kernel_stub.darwin.abi import CLASS_MASK, MACH, MACHDEP, UNIX
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory

PAGES = [0x1000, 0x2000, 0x3000, 0x7FFF_FFFF_E000]
SMALL = st.integers(0, 20)
WORDS = st.one_of(
    SMALL,
    st.integers(0, (1 << 64) - 1),
    st.integers(-70, 0).map(lambda n: n & (1 << 64) - 1),
    st.sampled_from(PAGES),
    st.sampled_from(PAGES).flatmap(lambda page: st.integers(page - 3, page + 2 * PAGE)),
    st.sampled_from([1 << 32, 1 << 47, 1 << 63, 0x7FFF_F000, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x8000_0000]),
)
LINUX_NUMBERS = st.one_of(st.sampled_from(sorted(LINUX.table)), WORDS)
DARWIN_NUMBERS = st.one_of(
    st.sampled_from(sorted(DARWIN.table)), WORDS, WORDS.map(lambda n: UNIX | n & 0xFFFFFF), st.just(UNIX),
    SMALL.map(lambda n: MACHDEP | n),
)
CALLS = st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=8)
MEMORIES = st.tuples(*[st.sampled_from(["none", "read", "write"])] * len(PAGES))

SIGNALLING = (
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend",
)  # fmt: skip
SLEEPING = (
    "nanosleep", "clock_nanosleep", "restart_syscall", "rt_sigtimedwait", "read", "readv", "futex", "poll",
    "ppoll", "select", "pselect6", "wait4", "waitid", "vfork", "clone",
)  # fmt: skip
DARWIN_SIGNALLING = (
    "kill", "sigreturn", "sigprocmask", "sigsuspend", "__pthread_kill", "__pthread_sigmask", "__sigwait",
    "sigsuspend_nocancel", "__sigwait_nocancel",
)  # fmt: skip
ENDING = (*SIGNALLING, *SLEEPING, "exit", "exit_group", "pause")
FILE_ERRORS = (
    "EACCES", "EBUSY", "EFBIG", "EISDIR", "ELOOP", "ENOSPC", "ENOTDIR", "ENOTEMPTY", "ENXIO", "EROFS", "ESPIPE",
    "EXDEV",
)  # fmt: skip
ERRORS = (
    *FILE_ERRORS,
    "EBADF", "EFAULT", "EINVAL", "EMFILE", "ENOMEM", "EPERM", "ESRCH", "E2BIG", "EAGAIN", "EINTR", "EOPNOTSUPP",
    "ENOENT", "ENAMETOOLONG", "ENOTTY", "ERANGE", "ENODEV", "EEXIST", "EOVERFLOW", "ETIMEDOUT", "ENOSYS", "ECHILD",
)  # fmt: skip
BASES = {"fs_base", "gs_base"}


def make_kernel(personality, protections, typed):
    memory = PageMemory()
    for page, protection in zip(PAGES, protections, strict=True):
        if protection != "none":
            memory.map(page, PAGE, Protection.READ | (Protection.WRITE if protection == "write" else 0))
    kernel = Kernel(personality, memory, stdin=typed)
    kernel.observe = True
    return kernel


def run(kernel, number, arguments):
    registers = Registers(rax=number, rflags=0x202, r11=0x202, rip=0x400000)
    for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=True):
        setattr(registers, name, value)
    before = registers.copy()
    kernel.syscall(registers)
    assert kernel.events or kernel.waiting
    for event in kernel.events:
        assert event.text
    kernel.events.clear()
    for at in range(len(registers.values)):
        assert 0 <= registers.values[at] < 1 << 64
    changed = {name for name in NAMES if before.values[INDEX[name]] != registers.values[INDEX[name]]}
    return registers, changed


@settings(max_examples=300, deadline=None)
@given(st.data(), CALLS, MEMORIES, st.binary(max_size=200))
def test_linux(data, calls, protections, typed):
    kernel = make_kernel(LINUX, protections, typed)
    for arguments in calls:
        number = data.draw(LINUX_NUMBERS)
        registers, changed = run(kernel, number, arguments)
        plain = LINUX.number(Registers(rax=number).values)
        if kernel.process.exit is not None or kernel.waiting or kernel.process.stopped:
            assert LINUX.table[plain].name in ENDING
            return
        if changed & BASES:
            assert LINUX.table[plain].name in ("arch_prctl", "rt_sigreturn")
            changed -= BASES
        if len(changed) > 1:  # a handler's or a frame's registers
            assert LINUX.table[plain].name in (*SIGNALLING, *SLEEPING)
            return
        assert changed <= {"rax"}
        errno = LINUX.error(registers)
        if plain not in LINUX.table:
            assert LINUX.errno_names[errno].name == "ENOSYS"
        elif errno is not None and LINUX.table[plain].name == "mmap":  # an address may look like any error
            assert errno == -arguments[0] & (1 << 64) - 1 or LINUX.errno_names[errno].name in ERRORS
        elif errno is not None:
            assert LINUX.errno_names[errno].name in ERRORS
        else:
            assert registers.rax < 1 << 47 or LINUX.table[plain].name == "lseek"


@settings(max_examples=300, deadline=None)
@given(st.data(), CALLS, MEMORIES, st.binary(max_size=200))
def test_darwin(data, calls, protections, typed):
    kernel = make_kernel(DARWIN, protections, typed)
    for arguments in calls:
        number, thread = data.draw(DARWIN_NUMBERS), kernel.thread
        registers, changed = run(kernel, number, arguments)
        row = DARWIN.table.get(DARWIN.number(Registers(rax=number, rdi=arguments[0]).values))
        ended = kernel.process.exit
        if ended is not None or kernel.waiting or kernel.process.stopped:
            assert row is not None or ended.signal == "SIGSYS"
            return
        if kernel.thread is not thread:  # another one's registers
            return
        if changed & BASES:
            assert row.name == "thread_fast_set_cthread_self64"
            changed -= BASES
        if changed - {"rax", "rdx", "rflags", "r11"}:  # a handler's or a frame's registers
            assert row.name in DARWIN_SIGNALLING
            return
        assert registers.rflags & ~CARRY == 0x202 == registers.r11 ^ registers.rflags & CARRY
        errno = DARWIN.error(registers)
        if number & CLASS_MASK in (MACH, MACHDEP):
            assert changed <= {"rax"}
        elif errno is not None:
            assert DARWIN.errno_names[errno].name in (*ERRORS, "ENOTSUP")
            assert "rdx" not in changed
        else:
            assert registers.rdx == 0 or row.name in ("pipe", "gettimeofday")


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS, st.booleans(), st.sampled_from([LINUX, DARWIN]))
def test_any_injection(number, value, error, personality):
    kernel = make_kernel(personality, ["none"] * len(PAGES), b"")
    kernel.inject(value, error=error)
    registers, _ = run(kernel, number, [0] * 6)
    assert registers.rax == value


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 255), WORDS, WORDS, st.sampled_from([LINUX, DARWIN]))
def test_any_fault(vector, error_code, address, personality):
    kernel = make_kernel(personality, ["none"] * len(PAGES), b"")
    kernel.fault(Registers(), Fault(vector, error_code, address))
    assert kernel.process.exit is not None
    assert all(event.text for event in kernel.events)
