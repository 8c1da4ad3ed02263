"""Linux's system calls that are simulated: one row each. Numbers as asm/unistd_64.h."""

from __future__ import annotations

from kernel_stub.linux import altstack, calls, signal_calls, sigreturn
from kernel_stub.posix import exit, files, identity, signals
from kernel_stub.syscalls import Row, table

TABLE = table(
    Row(0, "read", files.read, "read(2)", "fs/read_write.c:ksys_read"),
    Row(1, "write", files.write, "write(2)", "fs/read_write.c:ksys_write"),
    Row(3, "close", files.close, "close(2)", "fs/open.c:close"),
    Row(13, "rt_sigaction", signal_calls.rt_sigaction, "rt_sigaction(2)", "kernel/signal.c:rt_sigaction"),
    Row(14, "rt_sigprocmask", signal_calls.rt_sigprocmask, "rt_sigprocmask(2)", "kernel/signal.c:rt_sigprocmask"),
    Row(15, "rt_sigreturn", sigreturn.rt_sigreturn, "rt_sigreturn(2)", "arch/x86/kernel/signal_64.c:rt_sigreturn"),
    Row(32, "dup", files.dup, "dup(2)", "fs/file.c:dup"),
    Row(33, "dup2", calls.dup2, "dup2(2)", "fs/file.c:dup2"),
    Row(34, "pause", signals.pause, "pause(2)", "kernel/signal.c:pause"),
    Row(39, "getpid", identity.getpid, "getpid(2)", "kernel/sys.c:getpid"),
    Row(60, "exit", exit.exit, "_exit(2)", "kernel/exit.c:exit"),
    Row(62, "kill", signals.kill, "kill(2)", "kernel/signal.c:kill"),
    Row(72, "fcntl", calls.fcntl, "fcntl(2)", "fs/fcntl.c:fcntl"),
    Row(102, "getuid", identity.getuid, "getuid(2)", "kernel/sys.c:getuid"),
    Row(104, "getgid", identity.getgid, "getgid(2)", "kernel/sys.c:getgid"),
    Row(107, "geteuid", identity.geteuid, "geteuid(2)", "kernel/sys.c:geteuid"),
    Row(108, "getegid", identity.getegid, "getegid(2)", "kernel/sys.c:getegid"),
    Row(110, "getppid", identity.getppid, "getppid(2)", "kernel/sys.c:getppid"),
    Row(127, "rt_sigpending", signal_calls.rt_sigpending, "rt_sigpending(2)", "kernel/signal.c:rt_sigpending"),
    Row(129, "rt_sigqueueinfo", signal_calls.rt_sigqueueinfo, "rt_sigqueueinfo(2)", "kernel/signal.c:rt_sigqueueinfo"),
    Row(130, "rt_sigsuspend", signal_calls.rt_sigsuspend, "rt_sigsuspend(2)", "kernel/signal.c:rt_sigsuspend"),
    Row(131, "sigaltstack", altstack.sigaltstack, "sigaltstack(2)", "kernel/signal.c:sigaltstack"),
    Row(186, "gettid", calls.gettid, "gettid(2)", "kernel/sys.c:gettid"),
    Row(200, "tkill", signal_calls.tkill, "tkill(2)", "kernel/signal.c:tkill"),
    Row(231, "exit_group", exit.exit, "exit_group(2)", "kernel/exit.c:exit_group"),
    Row(234, "tgkill", signal_calls.tgkill, "tgkill(2)", "kernel/signal.c:tgkill"),
    Row(292, "dup3", calls.dup3, "dup3(2)", "fs/file.c:dup3"),
    Row(
        297, "rt_tgsigqueueinfo", signal_calls.rt_tgsigqueueinfo, "rt_tgsigqueueinfo(2)",
        "kernel/signal.c:rt_tgsigqueueinfo",
    ),
)  # fmt: skip
