"""Linux's system calls that are simulated: one row each. Numbers as asm/unistd_64.h."""

from __future__ import annotations

from kernel_stub.linux import calls
from kernel_stub.posix import exit, files, identity
from kernel_stub.syscalls import Row, table

TABLE = table(
    Row(0, "read", files.read, "read(2)", "fs/read_write.c:ksys_read"),
    Row(1, "write", files.write, "write(2)", "fs/read_write.c:ksys_write"),
    Row(3, "close", files.close, "close(2)", "fs/open.c:close"),
    Row(32, "dup", files.dup, "dup(2)", "fs/file.c:dup"),
    Row(33, "dup2", calls.dup2, "dup2(2)", "fs/file.c:dup2"),
    Row(39, "getpid", identity.getpid, "getpid(2)", "kernel/sys.c:getpid"),
    Row(60, "exit", exit.exit, "_exit(2)", "kernel/exit.c:exit"),
    Row(72, "fcntl", calls.fcntl, "fcntl(2)", "fs/fcntl.c:fcntl"),
    Row(102, "getuid", identity.getuid, "getuid(2)", "kernel/sys.c:getuid"),
    Row(104, "getgid", identity.getgid, "getgid(2)", "kernel/sys.c:getgid"),
    Row(107, "geteuid", identity.geteuid, "geteuid(2)", "kernel/sys.c:geteuid"),
    Row(108, "getegid", identity.getegid, "getegid(2)", "kernel/sys.c:getegid"),
    Row(110, "getppid", identity.getppid, "getppid(2)", "kernel/sys.c:getppid"),
    Row(186, "gettid", calls.gettid, "gettid(2)", "kernel/sys.c:gettid"),
    Row(231, "exit_group", exit.exit, "exit_group(2)", "kernel/exit.c:exit_group"),
    Row(292, "dup3", calls.dup3, "dup3(2)", "fs/file.c:dup3"),
)
