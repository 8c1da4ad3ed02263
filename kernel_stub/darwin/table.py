"""Darwin's calls that are simulated: one row each, BSD ones here with the class added to the numbers of
sys/syscall.h, the Mach traps, and the machine-dependent ones."""

from __future__ import annotations

from kernel_stub.darwin import (
    altstack,
    calls,
    closing,
    fork,
    groups,
    select,
    signal_calls,
    sigreturn,
    threads,
    time_calls,
    wait,
)
from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.file_table import ROWS as FILE_ROWS
from kernel_stub.darwin.mach import semwait
from kernel_stub.darwin.mach.table import ROWS as MACH_TRAPS
from kernel_stub.darwin.machdep import ROWS as MACHDEP_CALLS
from kernel_stub.darwin.nocancel import with_nocancel
from kernel_stub.posix import exit, files, identity
from kernel_stub.posix import groups as posix_groups
from kernel_stub.syscalls import Row, table

TABLE = table(*with_nocancel(
    *FILE_ROWS,
    Row(UNIX | 1, "exit", exit.exit, "_exit(2)", "bsd/kern/kern_exit.c:exit"),
    Row(UNIX | 2, "fork", fork.fork, "fork(2)", "bsd/kern/kern_fork.c:fork"),
    Row(UNIX | 3, "read", files.read, "read(2)", "bsd/kern/sys_generic.c:read"),
    Row(UNIX | 4, "write", files.write, "write(2)", "bsd/kern/sys_generic.c:write"),
    Row(UNIX | 6, "close", closing.close, "close(2)", "bsd/kern/kern_descrip.c:close"),
    Row(UNIX | 7, "wait4", wait.wait4, "wait4(2)", "bsd/kern/kern_exit.c:wait4"),
    Row(UNIX | 20, "getpid", identity.getpid, "getpid(2)", "bsd/kern/kern_prot.c:getpid"),
    Row(UNIX | 24, "getuid", identity.getuid, "getuid(2)", "bsd/kern/kern_prot.c:getuid"),
    Row(UNIX | 25, "geteuid", identity.geteuid, "geteuid(2)", "bsd/kern/kern_prot.c:geteuid"),
    Row(UNIX | 37, "kill", signal_calls.kill, "kill(2)", "bsd/kern/kern_sig.c:kill"),
    Row(UNIX | 39, "getppid", identity.getppid, "getppid(2)", "bsd/kern/kern_prot.c:getppid"),
    Row(UNIX | 41, "dup", files.dup, "dup(2)", "bsd/kern/kern_descrip.c:dup"),
    Row(UNIX | 42, "pipe", calls.pipe, "pipe(2)", "bsd/kern/sys_pipe.c:pipe"),
    Row(UNIX | 43, "getegid", identity.getegid, "getegid(2)", "bsd/kern/kern_prot.c:getegid"),
    Row(UNIX | 46, "sigaction", signal_calls.sigaction, "sigaction(2)", "bsd/kern/kern_sig.c:sigaction"),
    Row(UNIX | 47, "getgid", identity.getgid, "getgid(2)", "bsd/kern/kern_prot.c:getgid"),
    Row(UNIX | 48, "sigprocmask", signal_calls.sigprocmask, "sigprocmask(2)", "bsd/kern/kern_sig.c:sigprocmask"),
    Row(UNIX | 52, "sigpending", signal_calls.sigpending, "sigpending(2)", "bsd/kern/kern_sig.c:sigpending"),
    Row(UNIX | 53, "sigaltstack", altstack.sigaltstack, "sigaltstack(2)", "bsd/kern/kern_sig.c:sigaltstack"),
    Row(UNIX | 66, "vfork", fork.vfork, "vfork(2)", "bsd/kern/kern_fork.c:vfork"),
    Row(UNIX | 81, "getpgrp", posix_groups.getpgrp, "getpgrp(2)", "bsd/kern/kern_prot.c:getpgrp"),
    Row(UNIX | 82, "setpgid", groups.setpgid, "setpgid(2)", "bsd/kern/kern_prot.c:setpgid"),
    Row(UNIX | 83, "setitimer", time_calls.setitimer, "setitimer(2)", "bsd/kern/kern_time.c:setitimer"),
    Row(UNIX | 86, "getitimer", time_calls.getitimer, "getitimer(2)", "bsd/kern/kern_time.c:getitimer"),
    Row(UNIX | 90, "dup2", closing.dup2, "dup2(2)", "bsd/kern/kern_descrip.c:dup2"),
    Row(UNIX | 92, "fcntl", calls.fcntl, "fcntl(2)", "bsd/kern/kern_descrip.c:fcntl"),
    Row(UNIX | 93, "select", select.select, "select(2)", "bsd/kern/sys_generic.c:select"),
    Row(UNIX | 111, "sigsuspend", signal_calls.sigsuspend, "sigsuspend(2)", "bsd/kern/kern_sig.c:sigsuspend"),
    Row(UNIX | 116, "gettimeofday", time_calls.gettimeofday, "gettimeofday(2)", "bsd/kern/kern_time.c:gettimeofday"),
    Row(UNIX | 147, "setsid", posix_groups.setsid, "setsid(2)", "bsd/kern/kern_prot.c:setsid"),
    Row(UNIX | 151, "getpgid", posix_groups.getpgid, "getpgid(2)", "bsd/kern/kern_prot.c:getpgid"),
    Row(UNIX | 173, "waitid", wait.waitid, "waitid(2)", "bsd/kern/kern_exit.c:waitid"),
    Row(UNIX | 184, "sigreturn", sigreturn.sigreturn, "sigreturn(2)", "bsd/dev/i386/unix_signal.c:sigreturn"),
    Row(UNIX | 310, "getsid", posix_groups.getsid, "getsid(2)", "bsd/kern/kern_prot.c:getsid"),
    Row(
        UNIX | 328, "__pthread_kill", signal_calls.__pthread_kill, "pthread_kill(2)",
        "bsd/kern/kern_sig.c:__pthread_kill",
    ),
    Row(
        UNIX | 329, "__pthread_sigmask", signal_calls.__pthread_sigmask, "pthread_sigmask(2)",
        "bsd/kern/kern_sig.c:__pthread_sigmask",
    ),
    Row(UNIX | 330, "__sigwait", signal_calls.__sigwait, "sigwait(2)", "bsd/kern/kern_sig.c:__sigwait"),
    Row(
        UNIX | 334, "__semwait_signal", semwait.__semwait_signal, "semaphore_wait(2)",
        "bsd/kern/kern_sig.c:__semwait_signal",
    ),
    Row(
        UNIX | 360, "bsdthread_create", threads.bsdthread_create, "pthread_create(3)",
        "bsd/kern/pthread_synch.c:bsdthread_create",
    ),
    Row(
        UNIX | 361, "bsdthread_terminate", threads.bsdthread_terminate, "pthread_exit(3)",
        "bsd/kern/pthread_synch.c:bsdthread_terminate",
    ),
    Row(
        UNIX | 366, "bsdthread_register", threads.bsdthread_register, "pthread_create(3)",
        "bsd/kern/pthread_synch.c:bsdthread_register",
    ),
    Row(
        UNIX | 372, "thread_selfid", threads.thread_selfid, "pthread_threadid_np(3)",
        "bsd/kern/pthread_synch.c:thread_selfid",
    ),
    *MACH_TRAPS,
    *MACHDEP_CALLS,
))  # fmt: skip
