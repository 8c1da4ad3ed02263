"""Argument kinds whose values have names: flag words, and fcntl's command, argument and result.

The names and bits are each system's own: linux/flags.py and darwin/flags.py make the kinds from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kernel_stub.kinds import Kind, Values


@dataclass(frozen=True, slots=True)
class Flags(Kind):
    """An int made of named bits. `modes` are the names of the values under `mode_mask`, shown first.

    `unknown` is what stands for the names (`O_???`) behind a word in which no bit has one.
    """

    bits: int = 32
    unknown: str = ""
    names: tuple[tuple[str, int], ...] = ()
    modes: tuple[tuple[str, int], ...] = ()
    mode_mask: int = 0

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return self.spell(value)

    def spell(self, value: int) -> str:
        """`O_RDWR|O_APPEND`, `O_CLOEXEC|0x1`, `0x1 /* O_??? */`, or `0`: as strace prints it."""
        rest = value & ((1 << self.bits) - 1)
        parts = [name for name, mode in self.modes if rest & self.mode_mask == mode]
        if parts:
            rest &= ~self.mode_mask
        for name, bit in self.names:
            if rest & bit == bit:
                parts.append(name)
                rest &= ~bit
        if rest:
            parts.append(hex(rest) if parts else f"{rest:#x} /* {self.unknown} */")
        return "|".join(parts) or "0"


def named(constants: Mapping[str, int], *names: str) -> tuple[tuple[str, int], ...]:
    """(name, bits) for the names, in their order."""
    return tuple((name, constants[name]) for name in names)


class FcntlNames(NamedTuple):
    """fcntl's numbers on one system: commands by number, and the flag words they take and give."""

    commands: Mapping[int, str]
    descriptor: Flags
    status: Flags


def fcntl_names(constants: Mapping[str, int], commands: tuple[str, ...], status: Flags) -> FcntlNames:
    """The names of one system, with the descriptor flag that both have."""
    descriptor = Flags("int %", unknown="FD_???", names=named(constants, "FD_CLOEXEC"))
    return FcntlNames({constants[name]: name for name in commands}, descriptor, status)


NO_NAMES = FcntlNames({}, Flags(""), Flags(""))


@dataclass(frozen=True, slots=True)
class FcntlKind(Kind):
    """What fcntl's three kinds share: how its words read depends on the command."""

    fcntl: FcntlNames = NO_NAMES

    def command(self, values: Values) -> str:
        """The name of the call's command; of one that has none, the number."""
        number = values["cmd"]
        return self.fcntl.commands.get(number) or f"{number & 0xFFFFFFFF:#x} /* F_??? */"


class FcntlCommand(FcntlKind):
    """The command."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return self.command(values)


class FcntlArgument(FcntlKind):
    """The argument: a descriptor, a flag word, nothing, or (for commands not served) a raw long."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        match self.command(values):
            case "F_GETFD" | "F_GETFL":
                return None
            case "F_SETFD":
                return self.fcntl.descriptor.spell(value)
            case "F_SETFL":
                return self.fcntl.status.spell(value)
            case "F_DUPFD" | "F_DUPFD_CLOEXEC":
                return str(Kind("int %", signed=True, bits=32).decode(value))
        return hex(value) if value else "0"


class FcntlResult(FcntlKind):
    """The result: a descriptor, 0, or a flag word as `0x8002 (flags O_RDWR|O_LARGEFILE)`."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        match self.command(values):
            case "F_GETFD" if value:
                return f"{value:#x} (flags {self.fcntl.descriptor.spell(value)})"
            case "F_GETFL":
                return f"{value:#x} (flags {self.fcntl.status.spell(value)})"
        return str(value)
