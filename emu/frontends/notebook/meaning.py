"""What the value of a signal frame's field says: where a pointer points, flags, a signal, an exception.

Sources: arch/x86/include/uapi/asm/{ucontext.h,sigcontext.h}, Intel's manual, volume 3, 4.7 (the page fault's
error code); for the codes of Darwin bsd/sys/signal.h.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emu.annotate import Labels
from emu.frontends.frames import POINTERS
from emu.frontends.notebook.registers import flag_words
from kernel_stub.kernel import EXCEPTIONS
from kernel_stub.personality import Personality

_UC_FLAGS = ((1, "UC_FP_XSTATE"), (2, "UC_SIGCONTEXT_SS"), (4, "UC_STRICT_RESTORE_SS"))
_ERROR_CODE = ((1, "protection", "not present"), (2, "write", "read"), (4, "ring 3", "ring 0"))  # set, clear
_FETCH = 0x10
_PAGE_FAULT = 14
_MAGICS = {0x46505853: "FP_XSTATE_MAGIC1", 0x46505845: "FP_XSTATE_MAGIC2"}
_CODES = {4: "ILL_", 8: "FPE_", 11: "SEGV_"}  # prefixes of si_code's names by signal, the same on both systems
_GENERAL_CODES = ("SI_USER", "SI_KERNEL", "SI_QUEUE", "SI_TIMER", "SI_TKILL")

Fields = Mapping[str, int]


def of(path: str, fields: Fields, names: Labels, system: Personality) -> str:
    """A few words about a field, given all of the frame's, or nothing."""
    value, last = fields[path], path.rpartition(".")[2]
    if last in _READINGS:
        return _READINGS[last](value, fields, system)
    if path in POINTERS or last in _OWN_POINTERS:
        return names.name(value) or "" if value else ""
    return _FIXED.get(last, "") if value else ""


def _error_code(value: int, fields: Fields, system: Personality) -> str:
    trap = _first(fields, "uc_mcontext.trapno", "es.trapno")
    if trap != _PAGE_FAULT:
        return ""
    parts = [name if value & bit else other for bit, name, other in _ERROR_CODE]
    return ", ".join([*parts, *(["instruction fetch"] if value & _FETCH else [])])


def _trap(value: int, fields: Fields, system: Personality) -> str:
    if value == 0x85 and system.name == "darwin":
        return "a system call (T_SYSCALL)"
    error = _first(fields, "uc_mcontext.err", "es.err")
    return EXCEPTIONS.get(value, "") if value or error else "no exception of this thread yet"


def _fault_address(value: int, fields: Fields, system: Personality) -> str:
    return "the address of the last page fault" if value else ""


def _subject(value: int, fields: Fields, system: Personality) -> str:
    faults = {system.signals[name].number for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP")}
    return "the address that the fault is about" if fields.get("si_signo") in faults else ""


def _signal(value: int, fields: Fields, system: Personality) -> str:
    return system.rules.names.get(value, "")


def _code(value: int, fields: Fields, system: Personality) -> str:
    signal = fields.get("si_signo", 0)
    prefix = _CODES.get(signal) or ("BUS_" if signal == system.signals["SIGBUS"].number else None)
    if signal == system.signals["SIGCHLD"].number:
        prefix = "CLD_"
    signed = value - (1 << 32) if value >> 31 else value
    named = [name for name in _GENERAL_CODES if system.constants.get(name) == signed]
    own = [name for name, number in system.constants.items() if prefix and name.startswith(prefix) and number == value]
    return next(iter((*named, *own)), "")


def blocked(mask: int, system: Personality) -> tuple[str, ...]:
    """The names of the signals in a mask, in the order of their bits."""
    return tuple(name for number, name in sorted(system.rules.names.items()) if mask >> (number - 1) & 1)


def _mask(value: int, fields: Fields, system: Personality) -> str:
    names = blocked(value, system)
    if not names:
        return "no signal blocked"
    return "blocked: " + (", ".join(names) if len(names) < 9 else f"{len(names)} signals")


def _uc_flags(value: int, fields: Fields, system: Personality) -> str:
    return ", ".join(name for bit, name in _UC_FLAGS if value & bit)


def _flags(value: int, fields: Fields, system: Personality) -> str:
    return flag_words(value)


def _selector(value: int, fields: Fields, system: Personality) -> str:
    return f"ring {value & 3}" if value else ""


def _magic(value: int, fields: Fields, system: Personality) -> str:
    return _MAGICS.get(value, "")


def _first(fields: Fields, *paths: str) -> int | None:
    return next((fields[path] for path in paths if path in fields), None)


_READINGS: dict[str, Callable[[int, Fields, Personality], str]] = {
    "err": _error_code, "trapno": _trap, "cr2": _fault_address, "faultvaddr": _fault_address,
    "si_signo": _signal, "si_code": _code, "si_addr": _subject, "uc_sigmask": _mask, "oldmask": _mask,
    "uc_flags": _uc_flags, "eflags": _flags, "rflags": _flags, "cs": _selector, "ss": _selector,
    "magic1": _magic, "magic2": _magic,
}  # fmt: skip
_OWN_POINTERS = frozenset(("uc_link", "ss_sp"))
_FIXED = {
    "fpstate": "the XSAVE area",
    "si_pid": "who sent it",
    "uc_mcsize": "bytes of the mcontext",
    "uc_onstack": "whether it interrupts a handler on the alternate stack",
}
