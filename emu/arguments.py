"""Arguments as typed on a command line: integers, the system's names, strings, buffers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from asm.program import Slot
from emu.loaders.call import Buffer, CallError, Value
from kernel_stub.kernel import Kernel
from kernel_stub.personality import Personality

LARGEST_BUFFER = 1 << 20
LONGEST = 80  # characters of an integer: 64 binary digits, with signs and underscores to spare
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>(?:_?[0-9a-fA-F])+)|0[bB](?P<bin>(?:_?[01])+)"
    r"|0[oO]?(?P<oct>(?:_?[0-7])+)|(?P<dec>0|[1-9](?:_?[0-9])*))"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_LIKE_A_NUMBER = re.compile(r"[-+]?[0-9]\w*", re.ASCII)
LONGEST_POSITION = 18  # digits
_DELIVERY = re.compile(r"(?P<signal>\w+(?:[-+]\d+)?)(?:@|\s+at\s+)(?P<position>[0-9]+)", re.ASCII)
_REALTIME = re.compile(r"SIG(RTMIN\+|RTMAX-)(\d{1,3})")
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "\\": 92, '"': 34, "'": 39, "e": 27}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)


def parse_all(texts: Sequence[str], slots: Sequence[Slot], personality: Personality) -> list[Value]:
    """The arguments of a routine with these argument slots. Raises CallError.

    A word that is no name is a string; but in a slot called `trap`, which takes a call's number, it is a
    name that was mistyped.
    """
    values = [parse(text, personality) for text in texts]
    for slot, text, value in zip(slots, texts, values, strict=False):
        if slot.name == "trap" and isinstance(value, bytes) and not _quoted(text):
            from difflib import get_close_matches

            close = get_close_matches(text.lower(), personality.numbers, n=3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise CallError(f"{text!r} is no system call of {personality.name}{hint}")
    return values


def parse(text: str, personality: Personality) -> Value:
    """`99`, `-1`, `0x10`; `close`, `SIGCHLD`, `O_RDWR|O_CREAT`; `&64` (64 zeroed bytes); else a string.

    A string goes to guest memory and its address is passed; quotes around it (`"close"`) keep a
    word from being a name; \\n, \\t, \\0, \\xHH are escapes. Raises CallError for what begins as a number
    and is none, and for a number over 64 bits.
    """
    number = parse_integer(text)
    if number is not None:
        return number
    if text.startswith("&"):
        return _buffer(text)
    if _quoted(text):
        return unescape(text[1:-1])
    if _LIKE_A_NUMBER.fullmatch(text):
        raise CallError(f"{_short(text)} is no integer; if it is a string, quote it twice: '\"{_short(text)}\"'")
    try:
        return _names(text, personality)
    except KeyError:
        return unescape(text)


def parse_integer(text: str) -> int | None:
    """An integer of at most 64 bits, signed or not, in Go's bases; None for anything else.

    Raises CallError for one that is too large.
    """
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    base = str(found.lastgroup)
    value = int(found[base].lstrip("_"), _BASES[base]) if len(text) <= LONGEST else 1 << 64
    value = -value if found["sign"] == "-" else value
    if not -(1 << 63) <= value < 1 << 64:
        raise CallError(f"{_short(text)} does not fit in 64 bits")
    return value


def unescape(text: str) -> bytes:
    """The string's UTF-8 bytes, with \\n and its like replaced."""
    parts, start = [], 0
    for found in _ESCAPE.finditer(text):
        code = found[1]
        byte = int(code[1:], 16) if len(code) == 3 else _ESCAPES.get(code)
        if byte is None:
            continue
        parts += [text[start : found.start()].encode(errors="surrogateescape"), bytes((byte,))]
        start = found.end()
    return b"".join([*parts, text[start:].encode(errors="surrogateescape")])


def inject(kernel: Kernel, text: str) -> None:
    """Lets the next call answer an integer of up to 64 bits, or fail with an errno by name (`EINTR`, `-EINTR`).

    Raises CallError for anything else.
    """
    value = parse_integer(text)
    if value is not None:
        kernel.inject(value)
        return
    name = text.removeprefix("-")
    if name not in kernel.personality.errnos:
        raise CallError(
            f"{text!r} can't be answered: give an integer, or an errno of {kernel.personality.name} such as EINTR"
        )
    kernel.inject_errno(name)


def deliver(kernel: Kernel, text: str) -> None:
    """Lets a signal arrive at a position: `SIGCHLD@12`, `chld at 12`, `SIGRTMIN+3@12`. Raises CallError."""
    found = _DELIVERY.fullmatch(text.strip())
    if found is None:
        raise CallError(f"{text!r} is no delivery: write SIGNAL@POSITION, as in SIGCHLD@12")
    signals = kernel.personality.signals
    name = found["signal"].upper()
    if name.isdigit():
        name = kernel.personality.rules.names.get(int(name[:3]), name)
    elif not name.startswith("SIG"):
        name = f"SIG{name}"
    name = _realtime(kernel.personality, name) or name
    if name not in signals:
        from difflib import get_close_matches

        close = get_close_matches(name, signals, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise CallError(f"{found['signal']!r} is no signal of {kernel.personality.name}{hint}")
    if len(found["position"]) > LONGEST_POSITION:
        raise CallError(f"{_short(text)}: no run is that long")
    kernel.deliver_at(int(found["position"]), name)


def _realtime(personality: Personality, name: str) -> str | None:
    """The signal behind `SIGRTMIN+3` or `SIGRTMAX-3`, where SIGRTMIN is the kernel's own, or None."""
    found = _REALTIME.fullmatch(name)
    if found is None or "SIGRTMIN" not in personality.signals:
        return None
    lowest, highest = (personality.signals[f"SIG{end}"].number for end in ("RTMIN", "RTMAX"))
    number = lowest + int(found[2]) if found[1] == "RTMIN+" else highest - int(found[2])
    return personality.rules.names[number] if lowest <= number <= highest else None


def _names(text: str, personality: Personality) -> int:
    """Names and integers with | between. Raises KeyError for an unknown name."""
    value = 0
    for name in text.split("|"):
        number = parse_integer(name.strip())
        value |= personality.resolve(name.strip()) if number is None else number
    return value


def _buffer(text: str) -> Buffer:
    size = parse_integer(text[1:])
    if size is None or not 0 < size <= LARGEST_BUFFER:
        raise CallError(f"{_short(text)} is no buffer: write & and its size, 1 to {LARGEST_BUFFER} bytes, as in &64")
    return Buffer(size)


def _quoted(text: str) -> bool:
    return len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:20]}... ({len(text)} characters)"
