"""Arguments as typed on a command line: integers, the system's names, strings, buffers."""

from __future__ import annotations

import re

from emu.loaders.call import Buffer, CallError, Value
from kernel_stub.kernel import Kernel
from kernel_stub.personality import Personality

LARGEST_BUFFER = 1 << 20
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*)")
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "\\": 92, '"': 34, "'": 39, "e": 27}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)


def parse(text: str, personality: Personality) -> Value:
    """`99`, `-1`, `0x10`; `close`, `SIGCHLD`, `O_RDWR|O_CREAT`; `&64` (64 zeroed bytes); else a string.

    A string goes to guest memory and its address is passed; quotes around it (`"close"`) keep a
    word from being a name; \\n, \\t, \\0, \\xHH are escapes. Raises CallError for a number over 64 bits.
    """
    number = parse_integer(text)
    if number is not None:
        return number
    if text.startswith("&"):
        return _buffer(text)
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return unescape(text[1:-1])
    names = [part.strip() for part in text.split("|")]
    try:
        value = 0
        for name in names:
            found = parse_integer(name)
            value |= personality.resolve(name) if found is None else found
        return value
    except KeyError:
        return unescape(text)


def parse_integer(text: str) -> int | None:
    """An integer of at most 64 bits, signed or not, in Go's bases; None for anything else.

    Raises CallError for one that is too large.
    """
    if not _INTEGER.fullmatch(text):
        return None
    digits = text.replace("_", "")
    sign, digits = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    value = sign * (int(digits, 8) if octal else int(digits, 0))
    if not -(1 << 63) <= value < 1 << 64:
        raise CallError(f"{text} does not fit in 64 bits")
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


def _buffer(text: str) -> Buffer:
    size = parse_integer(text[1:]) if len(text) > 1 else None
    if size is None or not 0 < size <= LARGEST_BUFFER:
        raise CallError(f"{text}: write & and a size of 1 to {LARGEST_BUFFER} bytes")
    return Buffer(size)


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
        raise CallError(f"{text}: neither an integer nor an errno of {kernel.personality.name}")
    kernel.inject_errno(name)
