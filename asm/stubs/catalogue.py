"""What stubs there are: one row each."""

from __future__ import annotations

from typing import NamedTuple

from asm.stubs.runs import RUNS, located

LINUX = "linux"
DARWIN = "darwin"
BOTH = (LINUX, DARWIN)

SYSCALL = ("syscall.s", "hooks.s")
CAST = ("cast.s",)
RUNTIME = ("runtime.s",)
SIGHANDLER = ("sighandler/record.s",)
SIGNALS = ("signals.s", "runtime.s", *SIGHANDLER)
INITSIG = ("sigtab.s", *SIGNALS)
THREADS = ("threads.s", "runtime.s")
C = "AX"  # where a routine that C calls leaves its result


class Stub(NamedTuple):
    """A routine to run: its command name, and all that it takes to link and to call it.

    `files` are paths for `read`, the one that defines `symbol` first. `signature` is in Go's words:
    `slots(signature)` says where arguments and results lie on the stack. A routine that C calls has
    no results there: `result` is the register that holds it ("" for none).
    """

    name: str
    system: str  # "linux" or "darwin"
    files: tuple[str, ...]
    symbol: str  # as the linker knows it: middle dots are dots
    signature: str
    summary: str
    result: str = ""


class _Row(NamedTuple):
    name: str
    systems: tuple[str, ...]
    files: tuple[str, ...]
    symbol: str
    signature: str
    summary: str
    result: str = ""


_THREE = "(trap, a1, a2, a3 int64) (r1, r2, errno int64)"
_SIX = "(trap, a1, a2, a3, a4, a5, a6 int64) (r1, r2, errno int64)"

_ROWS = (
    _Row("rawsyscall", BOTH, SYSCALL, "syscall.RawSyscall", f"func RawSyscall{_THREE}",
         "a system call of three arguments, without telling the scheduler"),
    _Row("syscall", BOTH, SYSCALL, "syscall.Syscall", f"func Syscall{_THREE}",
         "a system call of three arguments, between entersyscall and exitsyscall"),
    _Row("syscall6", BOTH, SYSCALL, "syscall.Syscall6", f"func Syscall6{_SIX}",
         "a system call of six arguments, between entersyscall and exitsyscall"),
    _Row("syscall6-before", (LINUX,), ("before/syscall6.s", "hooks.s"), "syscall.Syscall6",
         f"func Syscall6{_SIX}",
         "Syscall6 before its compare: the jump tests flags that nobody set"),
    _Row("byteptr", BOTH, CAST, "syscall.BytePtr", "func BytePtr(p *byte) (r int64)",
         "a pointer as an integer"),
    _Row("byteptrptr", BOTH, CAST, "syscall.BytePtrPtr", "func BytePtrPtr(p **byte) (r int64)",
         "a pointer to pointers (argv, envp) as an integer"),
    _Row("int32ptr", BOTH, CAST, "syscall.Int32Ptr", "func Int32Ptr(p *int32) (r int64)",
         "a pointer as an integer"),
    _Row("int64ptr", BOTH, CAST, "syscall.Int64Ptr", "func Int64Ptr(p *int64) (r int64)",
         "a pointer as an integer"),
    _Row("keventptr", BOTH, CAST, "syscall.KeventPtr", "func KeventPtr(p *Kevent) (r int64)",
         "a pointer as an integer"),
    _Row("epolleventptr", BOTH, CAST, "syscall.EpollEventPtr", "func EpollEventPtr(p *EpollEvent) (r int64)",
         "a pointer as an integer"),
    _Row("lingerptr", BOTH, CAST, "syscall.LingerPtr", "func LingerPtr(p *Linger) (r int64)",
         "a pointer as an integer"),
    _Row("sockaddrptr", BOTH, CAST, "syscall.SockaddrPtr", "func SockaddrPtr(p *Sockaddr) (r int64)",
         "a pointer as an integer"),
    _Row("statptr", BOTH, CAST, "syscall.StatPtr", "func StatPtr(p *Stat) (r int64)",
         "a pointer as an integer"),
    _Row("timespecptr", BOTH, CAST, "syscall.TimespecPtr", "func TimespecPtr(p *Timespec) (r int64)",
         "a pointer as an integer"),
    _Row("timevalptr", BOTH, CAST, "syscall.TimevalPtr", "func TimevalPtr(p *Timeval) (r int64)",
         "a pointer as an integer"),
    _Row("rusageptr", BOTH, CAST, "syscall.RusagePtr", "func RusagePtr(p *Rusage) (r int64)",
         "a pointer as an integer"),
    _Row("sockaddrtosockaddrinet4", BOTH, CAST, "syscall.SockaddrToSockaddrInet4",
         "func SockaddrToSockaddrInet4(p *Sockaddr) (r *SockaddrInet4)",
         "a pointer as one to the IPv4 form of an address"),
    _Row("sockaddrtosockaddrinet6", BOTH, CAST, "syscall.SockaddrToSockaddrInet6",
         "func SockaddrToSockaddrInet6(p *Sockaddr) (r *SockaddrInet6)",
         "a pointer as one to the IPv6 form of an address"),
    _Row("sockaddrinet4tosockaddr", BOTH, CAST, "syscall.SockaddrInet4ToSockaddr",
         "func SockaddrInet4ToSockaddr(p *SockaddrInet4) (r *Sockaddr)",
         "a pointer to an IPv4 address as one to any address"),
    _Row("sockaddrinet6tosockaddr", BOTH, CAST, "syscall.SockaddrInet6ToSockaddr",
         "func SockaddrInet6ToSockaddr(p *SockaddrInet6) (r *Sockaddr)",
         "a pointer to an IPv6 address as one to any address"),
    _Row("exit", BOTH, RUNTIME, "sys.exit", "func exit(status int32)",
         "ends the process", C),
    _Row("exit1", BOTH, RUNTIME, "exit1", "func exit1(status int32)",
         "ends the calling thread", C),
    _Row("open", BOTH, RUNTIME, "open", "func open(name *byte, flags, mode int32)",
         "opens a file", C),
    _Row("close", BOTH, RUNTIME, "close", "func close(fd int32)",
         "closes a descriptor", C),
    _Row("fstat", BOTH, RUNTIME, "fstat", "func fstat(fd int32, stat *byte)",
         "describes an open file", C),
    _Row("read", BOTH, RUNTIME, "read", "func read(fd int32, buf *byte, n int32)",
         "reads from a descriptor", C),
    _Row("write", BOTH, RUNTIME, "sys.write", "func write(fd int32, buf *byte, n int32)",
         "writes to a descriptor", C),
    _Row("mmap", BOTH, RUNTIME, "sys.mmap",
         "func mmap(addr *byte, n uint32, prot, flags, fd int32, offset uint32)",
         "maps memory; BSD's MAP_ANON on either system", C),
    _Row("notok", BOTH, RUNTIME, "notok", "func notok()",
         "faults at address 0xf1, on purpose"),
    _Row("rt_sigaction", (LINUX,), SIGNALS, "rt_sigaction",
         "func rt_sigaction(sig int32, new, old *byte, size int64)",
         "sets a signal's handler", C),
    _Row("sigaction", (DARWIN,), SIGNALS, "sigaction", "func sigaction(sig int32, new, old *byte)",
         "sets a signal's handler", C),
    _Row("initsig", (LINUX,), ("initsig.s", *INITSIG), "initsig", "func initsig()",
         "tells the kernel which signals are caught and which have only to be survived"),
    _Row("initsig-before", (LINUX,), ("before/initsig.s", *INITSIG), "initsig", "func initsig()",
         "initsig before the commit: the kernel takes its mask for flags and restorer"),
    _Row("sigaltstack", BOTH, SIGNALS, "sigaltstack", "func sigaltstack(new, old *byte)",
         "sets the stack that signals are handled on", C),
    _Row("sigtramp", BOTH, SIGNALS, "sigtramp", "func sigtramp()",
         "where the kernel enters for a signal: switches g, calls sighandler"),
    _Row("sigtramp-before", (LINUX,), ("before/sigtramp.s", *SIGHANDLER), "sigtramp", "func sigtramp()",
         "sigtramp before the commit: g is not switched"),
    _Row("initsig", (DARWIN,), ("initsig.s", *INITSIG), "initsig", "func initsig()",
         "tells the kernel which signals are caught and which have only to be survived"),
    _Row("sigignore", (LINUX,), SIGNALS, "sigignore", "func sigignore()",
         "a handler that only returns"),
    _Row("sigignore", (DARWIN,), ("initsig.s", *INITSIG), "sigignore", "func sigignore()",
         "a handler that only returns"),
    _Row("sigreturn", (LINUX,), SIGNALS, "sigreturn", "func sigreturn()",
         "takes the signal frame off the stack again"),
    _Row("futex", (LINUX,), THREADS, "futex",
         "func futex(addr *int32, op, value int32, timeout, addr2 *byte, value2 int32)",
         "sleeps on a word of memory, or wakes sleepers", C),
    _Row("clone", (LINUX,), THREADS, "clone", "func clone(flags int32, stack, m, g, fn *byte)",
         "starts a thread", C),
    _Row("select", BOTH, THREADS, "select", "func select(n int32, readers, writers, others, timeout *byte)",
         "waits for descriptors, or for time to pass", C),
    _Row("gettid", (LINUX,), THREADS, "gettid", "func gettid()",
         "the calling thread's id", C),
    _Row("bsdthread_register", (DARWIN,), THREADS, "bsdthread_register", "func bsdthread_register()",
         "says where new threads begin", C),
    _Row("bsdthread_create", (DARWIN,), THREADS, "bsdthread_create",
         "func bsdthread_create(stack, m, g, fn *byte)",
         "starts a thread", C),
    _Row("bsdthread_start", (DARWIN,), THREADS, "bsdthread_start", "func bsdthread_start()",
         "where new threads begin"),
    _Row("mach_msg_trap", (DARWIN,), THREADS, "mach_msg_trap",
         "func mach_msg_trap(msg *byte, option, send, receive, name, timeout, notify uint32)",
         "sends and receives a Mach message", C),
    _Row("mach_task_self", (DARWIN,), THREADS, "mach_task_self", "func mach_task_self()",
         "the task's own port", C),
    _Row("mach_thread_self", (DARWIN,), THREADS, "mach_thread_self", "func mach_thread_self()",
         "the thread's own port", C),
    _Row("mach_reply_port", (DARWIN,), THREADS, "mach_reply_port", "func mach_reply_port()",
         "a new port for replies", C),
    _Row("mach_semaphore_wait", (DARWIN,), THREADS, "mach_semaphore_wait",
         "func mach_semaphore_wait(semaphore uint32)",
         "waits for a semaphore", C),
    _Row("mach_semaphore_timedwait", (DARWIN,), THREADS, "mach_semaphore_timedwait",
         "func mach_semaphore_timedwait(semaphore, seconds, nanoseconds uint32)",
         "waits for a semaphore, but not for ever", C),
    _Row("mach_semaphore_signal", (DARWIN,), THREADS, "mach_semaphore_signal",
         "func mach_semaphore_signal(semaphore uint32)",
         "wakes one waiter", C),
    _Row("mach_semaphore_signal_all", (DARWIN,), THREADS, "mach_semaphore_signal_all",
         "func mach_semaphore_signal_all(semaphore uint32)",
         "wakes all waiters", C),
)  # fmt: skip

STUBS: tuple[Stub, ...] = tuple(
    Stub(
        row.name,
        system,
        located(system, *row.files),
        row.symbol,
        row.signature,
        row.summary,
        row.result,
    )
    for row in _ROWS
    for system in row.systems
)
_INDEX = {(stub.name, stub.system): stub for stub in STUBS}


class UnknownStub(LookupError):
    """No such stub on that system; the message says what comes close, `matches` has the names."""

    def __init__(self, name: str, system: str) -> None:
        from difflib import get_close_matches

        known = [(stub.name, stub.system) for stub in STUBS] + [(run.name, run.system) for run in RUNS]
        self.matches = get_close_matches(name.lower(), [n for n, where in known if where == system], n=3, cutoff=0.6)
        elsewhere = [where for n, where in known if n == name.lower() and where != system]
        hint = ""
        if elsewhere:
            hint = f"; there is one on {elsewhere[0]}"
        elif self.matches:
            hint = f"; did you mean {' or '.join(self.matches)}?"
        super().__init__(f"no stub {name} on {system}{hint}")


def find(name: str, system: str) -> Stub:
    """The stub of that command name (in any case) on "linux" or "darwin". Raises UnknownStub."""
    stub = _INDEX.get((name.lower(), system))
    if stub is None:
        raise UnknownStub(name, system)
    return stub


def read(file: str) -> str:
    """The text of one of a stub's `files`."""
    from importlib.resources import files as package_files  # here, since start-up must not wait for it

    return package_files("asm.stubs").joinpath(file).read_text(encoding="utf-8")
