"""The rows of Darwin's calls on files, with the class of BSD calls added to the numbers of sys/syscall.h."""

from __future__ import annotations

from kernel_stub.darwin import files
from kernel_stub.darwin.abi import UNIX
from kernel_stub.posix import attributes, directories, fifos, names, offsets
from kernel_stub.syscalls import Row

VFS = "bsd/vfs/vfs_syscalls.c"

ROWS = (
    Row(UNIX | 5, "open", files.open, "open(2)", f"{VFS}:open"),
    Row(UNIX | 9, "link", names.link, "link(2)", f"{VFS}:link"),
    Row(UNIX | 10, "unlink", names.unlink, "unlink(2)", f"{VFS}:unlink"),
    Row(UNIX | 12, "chdir", directories.chdir, "chdir(2)", f"{VFS}:chdir"),
    Row(UNIX | 13, "fchdir", directories.fchdir, "fchdir(2)", f"{VFS}:fchdir"),
    Row(UNIX | 15, "chmod", attributes.chmod, "chmod(2)", f"{VFS}:chmod"),
    Row(UNIX | 16, "chown", attributes.chown, "chown(2)", f"{VFS}:chown"),
    Row(UNIX | 33, "access", files.access, "access(2)", f"{VFS}:access"),
    Row(UNIX | 57, "symlink", names.symlink, "symlink(2)", f"{VFS}:symlink"),
    Row(UNIX | 58, "readlink", names.readlink, "readlink(2)", f"{VFS}:readlink"),
    Row(UNIX | 60, "umask", attributes.umask, "umask(2)", f"{VFS}:umask"),
    Row(UNIX | 95, "fsync", files.fsync, "fsync(2)", f"{VFS}:fsync"),
    Row(UNIX | 123, "fchown", attributes.fchown, "fchown(2)", f"{VFS}:fchown"),
    Row(UNIX | 124, "fchmod", attributes.fchmod, "fchmod(2)", f"{VFS}:fchmod"),
    Row(UNIX | 128, "rename", names.rename, "rename(2)", f"{VFS}:rename"),
    Row(UNIX | 132, "mkfifo", fifos.mkfifo, "mkfifo(2)", f"{VFS}:mkfifo"),
    Row(UNIX | 136, "mkdir", names.mkdir, "mkdir(2)", f"{VFS}:mkdir"),
    Row(UNIX | 137, "rmdir", names.rmdir, "rmdir(2)", f"{VFS}:rmdir"),
    Row(UNIX | 138, "utimes", files.utimes, "utimes(2)", f"{VFS}:utimes"),
    Row(UNIX | 139, "futimes", files.futimes, "futimes(2)", f"{VFS}:futimes"),
    Row(UNIX | 153, "pread", offsets.pread, "pread(2)", "bsd/kern/sys_generic.c:pread"),
    Row(UNIX | 154, "pwrite", offsets.pwrite, "pwrite(2)", "bsd/kern/sys_generic.c:pwrite"),
    Row(UNIX | 188, "stat", files.stat, "stat(2)", f"{VFS}:stat"),
    Row(UNIX | 189, "fstat", files.fstat, "fstat(2)", "bsd/kern/kern_descrip.c:fstat"),
    Row(UNIX | 190, "lstat", files.lstat, "lstat(2)", f"{VFS}:lstat"),
    Row(UNIX | 196, "getdirentries", files.getdirentries, "getdirentries(2)", f"{VFS}:getdirentries"),
    Row(UNIX | 199, "lseek", files.lseek, "lseek(2)", f"{VFS}:lseek"),
    Row(UNIX | 200, "truncate", attributes.truncate, "truncate(2)", f"{VFS}:truncate"),
    Row(UNIX | 201, "ftruncate", attributes.ftruncate, "ftruncate(2)", f"{VFS}:ftruncate"),
    Row(UNIX | 338, "stat64", files.stat64, "stat(2)", f"{VFS}:stat64"),
    Row(UNIX | 339, "fstat64", files.fstat64, "fstat(2)", "bsd/kern/kern_descrip.c:fstat64"),
    Row(UNIX | 340, "lstat64", files.lstat64, "lstat(2)", f"{VFS}:lstat64"),
    Row(UNIX | 344, "getdirentries64", files.getdirentries64, "getdirentries(2)", f"{VFS}:getdirentries64"),
    Row(UNIX | 364, "lchown", attributes.lchown, "lchown(2)", f"{VFS}:lchown"),
)
