"""A trace as text: one line an instruction, and between them what the kernel did and why a jump jumps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from asm.program import PlacedSymbol, SourceLine
from emu.events import Change, Ended, Ending, MemoryAccess, Step
from emu.explain import Explainer
from emu.loaders.call import Call, Result
from emu.stepper import Stepper
from kernel_stub.kernel import fault_text
from kernel_stub.personality import Personality

_SIGNED_BELOW = 1 << 16  # small negative numbers are shown with their sign as well
_INDENT = " " * 8


class TextTrace:
    """Renders the steps of one call as lines, with ANSI colours (which click drops off a terminal)."""

    def __init__(self, call: Call, stepper: Stepper, personality: Personality) -> None:
        self._call, self._stepper, self._personality = call, stepper, personality
        self._explainer = Explainer(plan9_register)
        self._routine: PlacedSymbol | None = None
        lines = [line for placed in call.program for line in placed.symbol.lines]
        self._code_width = min(max((3 * line.size for line in lines if line.size <= 15), default=24), 33)
        self._source_width = min(max((len(_source(line.source)) for line in lines), default=24), 40)

    def lines(self, steps: Iterator[Step]) -> Iterator[str]:
        """All lines of the run, from the first step to how it ended."""
        for step in steps:
            yield from self._heading(step)
            yield self._step(step)
            instruction = self._stepper.disassembler.decode(step.address, step.code)
            for text in self._explainer.lines(step, instruction):
                yield click.style(f"{_INDENT}  {text}", fg="yellow")
            for event in step.events:
                yield _kernel(event.text)
        ended = self._stepper.ended
        assert ended is not None
        yield from (_kernel(event.text) for event in ended.events)
        yield from self._output()
        yield from self._ending(ended)

    def _heading(self, step: Step) -> Iterator[str]:
        placed = self._call.program.symbol_at(step.address)
        if placed is not self._routine:
            self._routine = placed
            yield click.style(f"{placed.symbol.name if placed else f'{step.address:#x}'}:", bold=True)

    def _step(self, step: Step) -> str:
        source = _source(step.source) if step.source else step.disassembly
        parts = (
            click.style(f"{step.position:5}", dim=True),
            f"{step.address:8x}",
            click.style(step.code.hex(" ").ljust(self._code_width), dim=True),
            source.ljust(self._source_width),
            self._effects(step),
        )
        return "  ".join(parts).rstrip()

    def _effects(self, step: Step) -> str:
        """`rdi 0x0 -> 0x63` and `errno = 0x9`, with what a named slot gave."""
        read = [name for access in step.reads if (name := self._call.labels.name(access.address))]
        effects = [_change(change) for change in step.changes]
        effects += [self._write(access) for access in step.writes]
        shown = click.style(", ".join(effects), fg="green") if effects else ""
        source = click.style(f"({', '.join(read)})", dim=True) if read else ""
        return " ".join(part for part in (shown, source) if part)

    def _write(self, access: MemoryAccess) -> str:
        name = self._call.labels.name(access.address) or f"[{access.address:#x}]"
        return f"{name} = {number(access.value, 8 * len(access.data))}"

    def _output(self) -> Iterator[str]:
        for fd, data in self._call.machine.kernel.terminal.output:
            yield click.style(f"output on {fd}: {_quoted(data)}", fg="cyan")

    def _ending(self, ended: Ended) -> Iterator[str]:
        if ended.ending == Ending.RETURNED:
            results = self._call.result_values()
            if results:
                yield click.style("  ".join(self._result(result) for result in results), bold=True)
        yield ending_text(ended)

    def _result(self, result: Result) -> str:
        return f"{result.name} = {result_text(result, self._personality)}"


def result_text(result: Result, personality: Personality) -> str:
    """`-1`, `9 EBADF (Bad file descriptor)` for the slot named errno, or `not written`."""
    if result.value is None or result.signed is None:
        return "not written"
    row = personality.errno_names.get(result.value) if result.name in ("errno", "err") else None
    if row is not None:
        return f"{row.number} {row.name} ({row.message})"
    return str(result.signed) if abs(result.signed) < 1 << 32 else f"{result.value:#x}"


def ending_text(ended: Ended) -> str:
    """The last line of a trace."""
    place = f"{ended.address:#x}" + (f", {place_text(ended.source)}" if ended.source else "")
    count = f"{ended.position} instruction{'s' if ended.position != 1 else ''}"
    if ended.ending == Ending.RETURNED:
        return f"returned after {count}"
    if ended.ending == Ending.BUDGET:
        return f"stopped: the budget of instructions was spent after {count}, at {place}"
    status = ended.status
    assert status is not None
    signal = f"killed by {status.signal}" + (" (core dumped)" if status.core else "")
    if ended.ending == Ending.EXITED:
        return f"exited with status {status.code} after {count}"
    if ended.ending == Ending.KILLED:
        return f"{signal} after {count}"
    assert ended.fault is not None
    what = fault_text(ended.fault)
    if ended.ending == Ending.RAN_OFF:
        return f"ran off the end of the code: {what}, at {place}, where no routine is; {signal} after {count}"
    return f"fault: {what}, at {place}: {signal} after {count}"


def place_text(source: SourceLine) -> str:
    """`runtime.s:93: MOVQ BP, (BP)`."""
    return f"{source.file}:{source.line}: {' '.join(source.text.split())}"


def number(value: int, bits: int = 64) -> str:
    """Hexadecimal, and for small negative ones the signed value too: `0xffff…f7 (-9)`."""
    signed = value - (1 << bits) if value >> (bits - 1) & 1 else value
    return f"{value:#x} ({signed})" if -_SIGNED_BELOW <= signed < 0 else f"{value:#x}"


def plan9_register(name: str) -> str:
    """`AX` for rax, eax, ax and al; `R8` for r8d: registers as Plan 9 assembly writes them."""
    for wide, spellings in _PLAN9.items():
        if name in spellings:
            return wide
    return name.upper()


def _source(source: SourceLine) -> str:
    code, _, comment = source.text.strip().partition("//")
    mnemonic, _, operands = code.strip().partition("\t")
    if not operands:
        mnemonic, _, operands = code.strip().partition(" ")
    text = f"{mnemonic:<7} {' '.join(operands.split())}".rstrip()
    return f"{text}  // {comment.strip()}" if comment.strip() else text


def _change(change: Change) -> str:
    if change.name == "rflags":
        return f"rflags {flags_text(change.old)} -> {flags_text(change.new)}"
    return f"{change.name} {number(change.old)} -> {number(change.new)}"


_FLAGS = (
    (0x1, "CF"), (0x4, "PF"), (0x10, "AF"), (0x40, "ZF"), (0x80, "SF"), (0x100, "TF"), (0x400, "DF"), (0x800, "OF"),
)  # fmt: skip


def flags_text(flags: int) -> str:
    """`CF|ZF`, or `-` with none set; the interrupt flag, always set in user mode, is left out."""
    return "|".join(name for bit, name in _FLAGS if flags & bit) or "-"


def _kernel(text: str) -> str:
    return click.style(f"{_INDENT}> {text}", fg="magenta", bold=True)


def _quoted(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _spellings() -> dict[str, Sequence[str]]:
    named: dict[str, Sequence[str]] = {
        f"{letter}X".upper(): (f"r{letter}x", f"e{letter}x", f"{letter}x", f"{letter}l") for letter in "abcd"
    }
    for name in ("si", "di", "bp", "sp"):
        named[name.upper()] = (f"r{name}", f"e{name}", name, f"{name}l")
    for index in range(8, 16):
        named[f"R{index}"] = tuple(f"r{index}{suffix}" for suffix in ("", "d", "w", "b"))
    return named


_PLAN9 = _spellings()

