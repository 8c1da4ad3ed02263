"""Linux's structs on x86-64 that signals use, as the kernel lays them out.

Sources: arch/x86/include/uapi/asm/{sigcontext.h,ucontext.h}, arch/x86/include/asm/sigframe.h,
include/uapi/asm-generic/siginfo.h, include/linux/signal_types.h. `struct ucontext` of the kernel ends with a
mask of 8 bytes; the C library's is longer.
"""

from __future__ import annotations

from kernel_stub.layout import Layout, i32, nested, u8, u16, u32, u64, words

SIGACTION = Layout("sigaction", u64("sa_handler"), u64("sa_flags"), u64("sa_restorer"), u64("sa_mask"))
STACK = Layout("stack_t", u64("ss_sp"), u32("ss_flags"), u64("ss_size"))

SIGCONTEXT = Layout(
    "sigcontext",
    *(u64(f"r{number}") for number in range(8, 16)),
    *(u64(name) for name in ("rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp", "rip", "eflags")),
    *(u16(name) for name in ("cs", "gs", "fs", "ss")),
    *(u64(name) for name in ("err", "trapno", "oldmask", "cr2", "fpstate")),
    words("reserved1", 8),
)
UCONTEXT = Layout(
    "ucontext",
    u64("uc_flags"), u64("uc_link"), nested("uc_stack", STACK), nested("uc_mcontext", SIGCONTEXT),
    u64("uc_sigmask"),
)  # fmt: skip

# siginfo_t: three ints, and a union that the signal and si_code choose a member of.
_HEAD = (i32("si_signo"), i32("si_errno"), i32("si_code"), u32("__pad0"))
SIGINFO_SIZE = 128
SIGINFOS = {
    "kill": Layout("siginfo", *_HEAD, i32("si_pid"), u32("si_uid"), words("", 13), size=128),
    "rt": Layout("siginfo", *_HEAD, i32("si_pid"), u32("si_uid"), u64("si_value"), words("", 12), size=128),
    "fault": Layout("siginfo", *_HEAD, u64("si_addr"), words("", 13), size=128),
    "timer": Layout(
        "siginfo", *_HEAD, i32("si_tid"), i32("si_overrun"), u64("si_value"), i32("si_sys_private"),
        u32("__pad1"), words("", 11), size=128,
    ),
    "chld": Layout(
        "siginfo", *_HEAD, i32("si_pid"), u32("si_uid"), i32("si_status"), u32("__pad1"), u64("si_utime"),
        u64("si_stime"), words("", 10), size=128,
    ),
    "poll": Layout("siginfo", *_HEAD, u64("si_band"), i32("si_fd"), u32("__pad1"), words("", 12), size=128),
    "sys": Layout(
        "siginfo", *_HEAD, u64("si_call_addr"), i32("si_syscall"), u32("si_arch"), words("", 12), size=128
    ),
}  # fmt: skip

RT_SIGFRAMES = {
    kind: Layout("rt_sigframe", u64("pretcode"), nested("", UCONTEXT), nested("", info))
    for kind, info in SIGINFOS.items()
}

# The FXSAVE image (struct _fpstate_64) with the bytes that software may use, and the XSAVE header.
SW_RESERVED = Layout(
    "_fpx_sw_bytes", u32("magic1"), u32("extended_size"), u64("xfeatures"), u32("xstate_size"), u8("padding", 28)
)
FPSTATE = Layout(
    "_fpstate_64",
    u16("cwd"), u16("swd"), u16("twd"), u16("fop"), u64("rip"), u64("rdp"), u32("mxcsr"), u32("mxcsr_mask"),
    *(u8(f"st{number}", 16) for number in range(8)),
    *(u8(f"xmm{number}", 16) for number in range(16)),
    u8("reserved2", 48), nested("sw_reserved", SW_RESERVED),
)  # fmt: skip
XSTATE_HEADER = Layout("_header", u64("xfeatures"), words("reserved1", 2), words("reserved2", 5))
XSTATE = Layout(
    "_xstate", nested("fpstate", FPSTATE), nested("xstate_hdr", XSTATE_HEADER), u32("magic2"), size=580
)

assert (SIGACTION.size, STACK.size, SIGCONTEXT.size, UCONTEXT.size) == (32, 24, 256, 304)
assert {layout.size for layout in SIGINFOS.values()} == {SIGINFO_SIZE}
assert {layout.size for layout in RT_SIGFRAMES.values()} == {440}
assert (FPSTATE.size, XSTATE_HEADER.size) == (512, 64)
assert SIGCONTEXT.fields["cs"].offset == 144
assert SIGCONTEXT.fields["fpstate"].offset == 184
assert UCONTEXT.fields["uc_sigmask"].offset == 296
assert RT_SIGFRAMES["fault"].fields["si_addr"].offset == 328
assert XSTATE.fields["fpstate.sw_reserved.magic1"].offset == 464
