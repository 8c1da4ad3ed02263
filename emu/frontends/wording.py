"""How single things read: numbers, flags, places, results, the end of a run."""

from __future__ import annotations

from collections.abc import Sequence

from asm.program import SourceLine, Symbol
from emu.events import Change, Ended, Ending
from emu.loaders.call import Buffer, Passed, Result
from kernel_stub.cpu import Fault
from kernel_stub.kernel import fault_text
from kernel_stub.personality import Personality

_SIGNED_BELOW = 1 << 16  # small negative numbers are shown with their sign as well
_PAGE_FAULT = 14
_PRESENT, _WRITE, _FETCH = 1, 2, 16  # bits of a page fault's error code: Intel's manual, volume 3, 4.7
_ERRNO_SLOTS = ("errno", "err")


def number(value: int, bits: int = 64) -> str:
    """Hexadecimal, and for small negative ones the signed value too: `0xffff…f7 (-9)`."""
    signed = value - (1 << bits) if value >> (bits - 1) & 1 else value
    return f"{value:#x} ({signed})" if -_SIGNED_BELOW <= signed < 0 else f"{value:#x}"


def decimal(value: int, bits: int) -> str:
    """Signed decimal where that is short, else hexadecimal."""
    signed = value - (1 << bits) if value >> (bits - 1) & 1 else value
    return str(signed) if abs(signed) < 1 << 32 else f"{value:#x}"


_FLAGS = (
    (0x1, "CF"), (0x4, "PF"), (0x10, "AF"), (0x40, "ZF"), (0x80, "SF"), (0x100, "TF"), (0x400, "DF"), (0x800, "OF"),
)  # fmt: skip


def flags_text(flags: int) -> str:
    """`CF ZF`, in the order of their bits, or `none`; the interrupt flag, always set in user mode, is left out."""
    return " ".join(name for bit, name in _FLAGS if flags & bit) or "none"


def change_text(change: Change) -> str:
    """`rax 0x3 -> 0xffff…f7 (-9)`; of the flags register, the flags by name."""
    if change.name == "rflags":
        return f"rflags {flags_text(change.old)} -> {flags_text(change.new)}"
    return f"{change.name} {number(change.old)} -> {number(change.new)}"


def quoted(data: bytes) -> str:
    """Bytes as a string in double quotes, on one line and without control characters."""
    text = data.decode("utf-8", "surrogateescape")
    return '"' + "".join(_letter(letter) for letter in text) + '"'


def _letter(letter: str) -> str:
    if letter in _ESCAPED:
        return _ESCAPED[letter]
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return letter if letter.isprintable() else f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def argument_text(passed: Passed, typed: str | None) -> str:
    """`trap=close (3)`, `a1=99`, `a2="hello" at 0x10000ffa`, `a2=16 bytes at 0x10000ff0`."""
    name, bits = passed.slot.name, 8 * passed.slot.size
    if isinstance(passed.given, bytes):
        shown = f"{quoted(passed.given)} at {passed.number:#x}"
    elif isinstance(passed.given, Buffer):
        shown = f"{passed.given.size} bytes at {passed.number:#x}"
    elif typed is None or typed[:1].isdigit() or typed[:1] in "+-":
        shown = decimal(passed.number, bits)
    else:
        shown = f"{typed} ({decimal(passed.number, bits)})"
    return f"{name}={shown}"


def result_text(result: Result, personality: Personality) -> str:
    """`-1`, `9 EBADF (Bad file descriptor)` for the slot named errno, or `not written`."""
    if result.value is None:
        return "not written"
    row = personality.errno_names.get(result.value) if result.name in _ERRNO_SLOTS else None
    if row is not None:
        return f"{row.number} {row.name} ({row.message})"
    return decimal(result.value, 8 * result.size)


def source_text(source: SourceLine, *, comment: bool = True) -> str:
    """A source line with its operands in a column of their own."""
    code, _, remark = source.text.strip().partition("//")
    words = code.split()
    label = f"{words.pop(0)} " if len(words) > 1 and words[0].endswith(":") else ""
    text = f"{label}{words[0]:<7} {' '.join(words[1:])}".rstrip() if words else ""
    return f"{text}  // {remark.strip()}" if comment and remark.strip() else text


def symbol_text(symbol: Symbol) -> str:
    """A symbol's name, without the dot of a package that nobody named."""
    return symbol.name.removeprefix(".")


def place_text(address: int, source: SourceLine | None) -> str:
    """`0x400025 (runtime.s:93: MOVQ BP, (BP))`."""
    if source is None:
        return f"{address:#x}"
    return f"{address:#x} ({source.file}:{source.line}: {' '.join(source.text.split())})"


def cause_text(fault: Fault) -> str:
    """`page fault at 0xf1: a write where nothing is mapped`, `divide error`."""
    text = fault_text(fault)
    if fault.vector != _PAGE_FAULT:
        return text
    code = fault.error_code
    access = "execution" if code & _FETCH else "a write" if code & _WRITE else "a read"
    return f"{text}: {access} {'that the page forbids' if code & _PRESENT else 'where nothing is mapped'}"


def ending_text(ended: Ended, behind: str | None = None) -> str:
    """The last line of a trace. `behind` is the routine that ends just before the place, if one does."""
    count = f"{ended.position:,} instruction{'s' if ended.position != 1 else ''}"
    if ended.ending == Ending.RETURNED:
        return f"returned after {count}"
    place = place_text(ended.address, ended.source)
    if ended.ending == Ending.BUDGET:
        return f"stopped: the instruction budget is spent after {count}, at {place}"
    if ended.ending == Ending.WAITING:
        return f"asleep, and nothing will wake it, after {count}, at {place}"
    if ended.ending == Ending.FAULTING:
        cause = f": {cause_text(ended.fault)}" if ended.fault is not None else ""
        return f"faults again and again at {place}{cause}; the signal can't be delivered, after {count}"
    if ended.ending == Ending.STOPPED:
        return f"stopped by a signal, and nothing will continue it, after {count}, at {place}"
    status = ended.status
    assert status is not None
    if ended.ending == Ending.EXITED:
        return f"exited with status {status.code} after {count}"
    killed = f"killed by {status.signal}{' (core dumped)' if status.core else ''} after {count}"
    if ended.ending == Ending.KILLED:
        return killed
    assert ended.fault is not None
    cause = cause_text(ended.fault)
    if ended.ending == Ending.RAN_OFF:
        where = f"ran off the end of {behind}" if behind else "left the code"
        return f"{where}, to {place}: {cause}; {killed}"
    return f"fault at {place}: {cause}; {killed}"


def plan9_register(name: str) -> str:
    """`AX` for rax, eax, ax and al; `R8` for r8d: registers as Plan 9 assembly writes them."""
    return _PLAN9.get(name, name.upper())


def _spellings() -> dict[str, str]:
    named: dict[str, Sequence[str]] = {
        f"{letter}X".upper(): (f"r{letter}x", f"e{letter}x", f"{letter}x", f"{letter}l") for letter in "abcd"
    }
    for name in ("si", "di", "bp", "sp"):
        named[name.upper()] = (f"r{name}", f"e{name}", name, f"{name}l")
    for index in range(8, 16):
        named[f"R{index}"] = tuple(f"r{index}{suffix}" for suffix in ("", "d", "w", "b"))
    return {spelling: wide for wide, spellings in named.items() for spelling in spellings}


_PLAN9 = _spellings()


def trace_command(
    target: str,
    arguments: Sequence[str],
    system: str,
    *,
    returns: str | None,
    stdin: str,
    deliveries: Sequence[str],
    mounts: Sequence[str],
    cwd: str | None,
    sigreturn_token: bool,
) -> str:
    """What to type for the same run: `ringside trace rawsyscall close 99 --os darwin`."""
    from shlex import join

    given = [("--os", system)] if system != "linux" else []
    given += [("--returns", returns)] if returns is not None else []
    given += [("--stdin", stdin)] if stdin else []
    given += [("--deliver", delivery) for delivery in deliveries]
    given += [("--mount", mount) for mount in mounts]
    given += [("--cwd", cwd)] if cwd is not None else []
    flags = ["--sigreturn-token"] if sigreturn_token else []
    return join(["ringside", "trace", target, *arguments, *(text for pair in given for text in pair), *flags])
