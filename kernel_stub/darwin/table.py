"""Darwin's BSD system calls that are simulated: one row each. Numbers as sys/syscall.h, the class added."""

from __future__ import annotations

from kernel_stub.darwin import calls
from kernel_stub.darwin.abi import UNIX
from kernel_stub.posix import exit, files, identity
from kernel_stub.syscalls import Row, table

TABLE = table(
    Row(UNIX | 1, "exit", exit.exit, "_exit(2)", "bsd/kern/kern_exit.c:exit"),
    Row(UNIX | 3, "read", files.read, "read(2)", "bsd/kern/sys_generic.c:read"),
    Row(UNIX | 4, "write", files.write, "write(2)", "bsd/kern/sys_generic.c:write"),
    Row(UNIX | 6, "close", files.close, "close(2)", "bsd/kern/kern_descrip.c:close"),
    Row(UNIX | 20, "getpid", identity.getpid, "getpid(2)", "bsd/kern/kern_prot.c:getpid"),
    Row(UNIX | 24, "getuid", identity.getuid, "getuid(2)", "bsd/kern/kern_prot.c:getuid"),
    Row(UNIX | 25, "geteuid", identity.geteuid, "geteuid(2)", "bsd/kern/kern_prot.c:geteuid"),
    Row(UNIX | 39, "getppid", identity.getppid, "getppid(2)", "bsd/kern/kern_prot.c:getppid"),
    Row(UNIX | 41, "dup", files.dup, "dup(2)", "bsd/kern/kern_descrip.c:dup"),
    Row(UNIX | 43, "getegid", identity.getegid, "getegid(2)", "bsd/kern/kern_prot.c:getegid"),
    Row(UNIX | 47, "getgid", identity.getgid, "getgid(2)", "bsd/kern/kern_prot.c:getgid"),
    Row(UNIX | 90, "dup2", files.dup2, "dup2(2)", "bsd/kern/kern_descrip.c:dup2"),
    Row(UNIX | 92, "fcntl", calls.fcntl, "fcntl(2)", "bsd/kern/kern_descrip.c:fcntl"),
)
