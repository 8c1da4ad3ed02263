"""Darwin's structs on x86-64 that signals use, as the kernel lays them out for a 64-bit process.

Sources: bsd/sys/{signal.h,ucontext.h}, bsd/i386/_mcontext.h, osfmk/mach/i386/_structs.h. The fields have the
kernel's names; a program compiled today sees those of an mcontext with two underscores in front.
"""

from __future__ import annotations

from kernel_stub.layout import Layout, Member, i32, i64, nested, u8, u16, u32, u64, words

# What sigaction takes (struct __sigaction) has the trampoline; what it tells (struct sigaction) has not.
NEW_SIGACTION = Layout("__sigaction", u64("sa_handler"), u64("sa_tramp"), u32("sa_mask"), i32("sa_flags"))
OLD_SIGACTION = Layout("sigaction", u64("sa_handler"), u32("sa_mask"), i32("sa_flags"))
STACK = Layout("stack_t", u64("ss_sp"), u64("ss_size"), i32("ss_flags"))

SIGINFO = Layout(
    "siginfo",
    *(i32(f"si_{name}") for name in ("signo", "errno", "code", "pid")), u32("si_uid"), i32("si_status"),
    u64("si_addr"), u64("si_value"), i64("si_band"), words("__pad", 7),
)  # fmt: skip

EXCEPTION_STATE = Layout("x86_exception_state64", u16("trapno"), u16("cpu"), u32("err"), u64("faultvaddr"))
THREAD_STATE = Layout(
    "x86_thread_state64",
    *(u64(name) for name in ("rax", "rbx", "rcx", "rdx", "rdi", "rsi", "rbp", "rsp")),
    *(u64(f"r{number}") for number in range(8, 16)),
    *(u64(name) for name in ("rip", "rflags", "cs", "fs", "gs")),
)
# An FXSAVE image with a few bytes around it; the instruction and data pointers are in halves.
FLOAT_STATE = Layout(
    "x86_float_state64",
    Member("fpu_reserved", 8, 4),
    u16("fpu_fcw"), u16("fpu_fsw"), u8("fpu_ftw"), u8("fpu_rsrv1"), u16("fpu_fop"), u32("fpu_ip"), u16("fpu_cs"),
    u16("fpu_rsrv2"), u32("fpu_dp"), u16("fpu_ds"), u16("fpu_rsrv3"), u32("fpu_mxcsr"), u32("fpu_mxcsrmask"),
    *(u8(f"fpu_stmm{number}", 16) for number in range(8)),
    *(u8(f"fpu_xmm{number}", 16) for number in range(16)),
    u8("fpu_rsrv4", 96), u32("fpu_reserved1"),
)  # fmt: skip
MCONTEXT = Layout(
    "mcontext64", nested("es", EXCEPTION_STATE), nested("ss", THREAD_STATE), nested("fs", FLOAT_STATE), size=712
)
UCONTEXT = Layout(
    "ucontext64", i32("uc_onstack"), u32("uc_sigmask"), nested("uc_stack", STACK), u64("uc_link"),
    u64("uc_mcsize"), u64("uc_mcontext64"),
)  # fmt: skip

# A time of 64 bits with an int beside it; what a program calls it has the same 16 bytes.
TIMEVAL = Layout("timeval", i64("tv_sec"), i32("tv_usec"))
ITIMERVAL = Layout("itimerval", nested("it_interval", TIMEVAL), nested("it_value", TIMEVAL))

assert (NEW_SIGACTION.size, OLD_SIGACTION.size, STACK.size) == (24, 16, 24)
assert (SIGINFO.size, MCONTEXT.size, UCONTEXT.size) == (104, 712, 56)
assert (EXCEPTION_STATE.size, THREAD_STATE.size, FLOAT_STATE.size) == (16, 168, 524)
assert MCONTEXT.fields["ss.rax"].offset == 16
assert MCONTEXT.fields["fs.fpu_fcw"].offset == 192
assert SIGINFO.fields["si_addr"].offset == 24
assert UCONTEXT.fields["uc_mcontext64"].offset == 48
