"""A new process's stack as execve leaves it: strings, random bytes, auxiliary vector, environment, arguments.

From the top, at STACK_TOP, downwards: eight zero bytes, the program's path, the environment's strings, the
arguments; then aligned to 16 the platform's name and AT_RANDOM's bytes; then the words, argc lowest, RSP
a multiple of 16. Source: fs/exec.c (copy_strings), fs/binfmt_elf.c (create_elf_tables).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel_stub.address_space import PAGE, TASK_SIZE
from kernel_stub.process import Credentials
from kernel_stub.processor import cpuid

STACK_TOP = TASK_SIZE
ROOM = 128 << 10  # what setup_arg_pages maps below the strings at once
LONGEST_STRING = 32 * PAGE  # MAX_ARG_STRLEN, with its NUL
LARGEST_STRINGS = 6 << 20  # all of them, or a quarter of the stack's limit if that is less
PLATFORM = b"x86_64"
RANDOM_SIZE = 16
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
    """What lies from `pointer` (RSP) to STACK_TOP, and from where on the stack is mapped.

    `names` tells what the words and strings are: address, size in bytes, name.
    """

    pointer: int
    start: int
    data: bytes
    names: tuple[tuple[int, int, str], ...]


def minimum_signal_stack(xsave: int) -> int:
    """AT_MINSIGSTKSZ for an XSAVE area of that size (arch/x86/kernel/signal.c:init_sigframe_size)."""
    return -(-(xsave + SIGNAL_FRAME) // 16) * 16


@dataclass(frozen=True, slots=True)
class Strings:
    """Where what lies above the words has its place, from the top down."""

    path: int
    environment: list[int]
    arguments: list[int]
    platform: int
    random: int

    @property
    def lowest(self) -> int:
        """The lowest address of path, environment and arguments."""
        return min([self.path, *self.environment, *self.arguments])

    @classmethod
    def placed(cls, path: bytes, arguments: Sequence[bytes], environment: Sequence[bytes]) -> Strings:
        """By the kernel's rules, from STACK_TOP on."""
        path_at = STACK_TOP - 8 - len(path) - 1
        environment_at = _addresses(path_at, environment)
        arguments_at = _addresses(environment_at[0] if environment_at else path_at, arguments)
        lowest = min([path_at, *environment_at, *arguments_at])
        platform = (lowest & -16) - len(PLATFORM) - 1
        return cls(path_at, environment_at, arguments_at, platform, platform - RANDOM_SIZE)


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
    _check_size([path, *arguments, *environment], stack_limit)
    strings = Strings.placed(path, arguments, environment)
    words = _words(strings, _auxiliary(program, credentials, strings))
    pointer = (strings.random - 8 * len(words)) & -16
    pieces = [
        (strings.random, "*AT_RANDOM", random),
        (strings.platform, "*AT_PLATFORM", PLATFORM + b"\0"),
        (strings.path, "*AT_EXECFN", path + b"\0"),
        *_named("*argv", strings.arguments, arguments),
        *_named("*envp", strings.environment, environment),
        *((pointer + 8 * i, name, value.to_bytes(8, "little")) for i, (name, value) in enumerate(words)),
    ]
    data = bytearray(STACK_TOP - pointer)
    for address, _, piece in pieces:
        data[address - pointer : address - pointer + len(piece)] = piece
    start = max((strings.lowest & -PAGE) - ROOM, STACK_TOP - stack_limit)
    return Stack(pointer, start, bytes(data), tuple((at, len(piece), name) for at, name, piece in pieces))


def _check_size(strings: Sequence[bytes], stack_limit: int) -> None:
    """What execve refuses (fs/exec.c:bprm_stack_limits). Raises StackError."""
    longest = max(len(string) + 1 for string in strings)
    total = sum(len(string) + 9 for string in strings)
    if longest > LONGEST_STRING or total > max(min(stack_limit // 4, LARGEST_STRINGS), LONGEST_STRING):
        raise StackError("arguments and environment are too long (E2BIG)")


def _words(strings: Strings, vector: Mapping[str, int]) -> list[tuple[str, int]]:
    """argc, argv, envp and the auxiliary vector: name and value of each word."""
    words = [("argc", len(strings.arguments))]
    for name, addresses in (("argv", strings.arguments), ("envp", strings.environment)):
        words += [(f"{name}[{i}]", address) for i, address in enumerate([*addresses, 0])]
    for name, value in vector.items():
        words += [(f"{name}: a_type", AT[name]), (name, value)]
    return words


def _named(name: str, addresses: Sequence[int], strings: Sequence[bytes]) -> list[tuple[int, str, bytes]]:
    pairs = zip(addresses, strings, strict=True)
    return [(address, f"{name}[{i}]", string + b"\0") for i, (address, string) in enumerate(pairs)]


def _addresses(end: int, strings: Sequence[bytes]) -> list[int]:
    """Where NUL-terminated strings lie that end at `end`, the first one lowest."""
    addresses = []
    for string in reversed(strings):
        end -= len(string) + 1
        addresses.append(end)
    return addresses[::-1]


def _auxiliary(program: Mapping[str, int], credentials: Credentials, strings: Strings) -> dict[str, int]:
    """The entries in the kernel's order. There is no vDSO and no rseq, so nothing tells of them."""
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
        "AT_RANDOM": strings.random,
        "AT_HWCAP2": 0,
        "AT_EXECFN": strings.path,
        "AT_PLATFORM": strings.platform,
        "AT_NULL": 0,
    }
