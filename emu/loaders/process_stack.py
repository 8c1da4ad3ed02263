"""A new process's stack as execve leaves it: strings, random bytes, auxiliary vector, environment, arguments.

From the top, at STACK_TOP, downwards: eight zero bytes, the program's path, the environment's strings, the
arguments; then aligned to 16 the platform's name and AT_RANDOM's bytes; then the words, argc lowest, RSP
a multiple of 16. Source: fs/exec.c (copy_strings), fs/binfmt_elf.c (create_elf_tables).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel_stub.address_space import PAGE, TASK_SIZE
from kernel_stub.process import Credentials
from kernel_stub.processor import cpuid

STACK_TOP = TASK_SIZE
ROOM = 128 << 10  # what setup_arg_pages maps below the strings at once
LONGEST_STRING = 32 * PAGE  # MAX_ARG_STRLEN, with its NUL
PLATFORM = b"x86_64"
CLOCK_TICKS = 100

AT = {
    "AT_NULL": 0, "AT_PHDR": 3, "AT_PHENT": 4, "AT_PHNUM": 5, "AT_PAGESZ": 6, "AT_BASE": 7, "AT_FLAGS": 8,
    "AT_ENTRY": 9, "AT_UID": 11, "AT_EUID": 12, "AT_GID": 13, "AT_EGID": 14, "AT_PLATFORM": 15,
    "AT_HWCAP": 16, "AT_CLKTCK": 17, "AT_SECURE": 23, "AT_RANDOM": 25, "AT_HWCAP2": 26, "AT_EXECFN": 31,
    "AT_MINSIGSTKSZ": 51,
}  # fmt: skip

# What kernels reserve for a signal frame besides the XSAVE area: the largest of the frame types (a 32-bit one),
# the legacy x87 state, a magic number, and what alignment may cost. Kernels say 1776 for 832 bytes of XSAVE
# area, 3376 for 2432, 3632 for 2696.
SIGNAL_FRAME = 936


class StackError(ValueError):
    """Arguments and environment that Linux would refuse with E2BIG."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What lies from `pointer` (RSP) to STACK_TOP, and from where on the stack is mapped."""

    pointer: int
    start: int
    data: bytes


def minimum_signal_stack(xsave: int) -> int:
    """AT_MINSIGSTKSZ for an XSAVE area of that size (arch/x86/kernel/signal.c:init_sigframe_size)."""
    return -(-(xsave + SIGNAL_FRAME) // 16) * 16


def build(
    path: bytes,
    arguments: Sequence[bytes],
    environment: Sequence[bytes],
    random: bytes,
    program: Mapping[str, int],
    credentials: Credentials,
    stack_limit: int,
) -> Stack:
    """The stack for a program. `program` gives AT_PHDR, AT_PHNUM and AT_ENTRY. Raises StackError."""
    strings = [*arguments, *environment]
    longest = max((len(string) + 1 for string in (path, *strings)), default=0)
    total = sum(len(string) + 9 for string in strings)
    if longest > LONGEST_STRING or total > max(min(stack_limit // 4, 6 << 20), LONGEST_STRING):
        raise StackError("arguments and environment are too long (E2BIG)")
    top = STACK_TOP - 8
    execfn = top - len(path) - 1
    environment_at = _addresses(execfn, environment)
    arguments_at = _addresses(environment_at[0] if environment_at else execfn, arguments)
    lowest = min([execfn, *environment_at, *arguments_at])
    platform = (lowest & -16) - len(PLATFORM) - 1
    random_at = platform - 16
    vector = {
        **_auxiliary(program, credentials), "AT_RANDOM": random_at, "AT_HWCAP2": 0, "AT_EXECFN": execfn,
        "AT_PLATFORM": platform, "AT_NULL": 0,
    }  # fmt: skip
    words = [len(arguments), *arguments_at, 0, *environment_at, 0]
    words += [word for name, value in vector.items() for word in (AT[name], value)]
    pointer = (random_at - 8 * len(words)) & -16
    data = bytearray(STACK_TOP - pointer)
    pieces = {
        pointer: struct.pack(f"<{len(words)}Q", *words), random_at: random, platform: PLATFORM, execfn: path,
        **dict(zip(environment_at, environment, strict=True)), **dict(zip(arguments_at, arguments, strict=True)),
    }  # fmt: skip
    for address, piece in pieces.items():
        data[address - pointer : address - pointer + len(piece)] = piece
    return Stack(pointer, max((lowest & -PAGE) - ROOM, STACK_TOP - stack_limit), bytes(data))


def _addresses(end: int, strings: Sequence[bytes]) -> list[int]:
    """Where NUL-terminated strings lie that end at `end`, the first one lowest."""
    addresses = []
    for string in reversed(strings):
        end -= len(string) + 1
        addresses.append(end)
    return addresses[::-1]


def _auxiliary(program: Mapping[str, int], credentials: Credentials) -> dict[str, int]:
    """The entries up to AT_SECURE, in the kernel's order. There is no vDSO, so no AT_SYSINFO_EHDR."""
    return {
        "AT_MINSIGSTKSZ": minimum_signal_stack(cpuid(0xD, 0)[1]),
        "AT_HWCAP": cpuid(1, 0)[3],
        "AT_PAGESZ": PAGE,
        "AT_CLKTCK": CLOCK_TICKS,
        "AT_PHDR": program["AT_PHDR"],
        "AT_PHENT": 56,
        "AT_PHNUM": program["AT_PHNUM"],
        "AT_BASE": 0,
        "AT_FLAGS": 0,
        "AT_ENTRY": program["AT_ENTRY"],
        "AT_UID": credentials.uid,
        "AT_EUID": credentials.euid,
        "AT_GID": credentials.gid,
        "AT_EGID": credentials.egid,
        "AT_SECURE": 0,
    }

