"""The comparison itself: whatever is changed in one of the two runs, it says so, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.oracle.signals.compare import Verdict
from tests.oracle.signals.conftest import Bench
from tests.oracle.signals.emulated import GENERAL, Emulated, State

PROGRAM = "siginfo"
Tamper = Callable[[Emulated, State], State]


def tampered(bench: Bench, step: int, change: Tamper, *, program: str = PROGRAM) -> Verdict:
    """A comparison in which one state of ours is another."""
    source = bench.sources[program]
    emulated = bench.emulated(source)
    honest, count = emulated.next_state, 0

    def next_state() -> State | None:
        nonlocal count
        state = honest()
        count += 1
        return change(emulated, state) if state is not None and count == step + 1 else state

    emulated.next_state = next_state  # type: ignore[method-assign]
    return bench.compare_with(source, emulated)


def with_byte(name: str, offset: int = 0) -> Tamper:
    """One byte at a symbol is another."""

    def change(emulated: Emulated, state: State) -> State:
        memory = bytearray(state.memory)
        at = emulated.watched.offset(emulated.program.symbols[name].address + offset)
        assert at is not None
        memory[at] ^= 1
        return replace(state, memory=bytes(memory))

    return change


@pytest.mark.parametrize("name", GENERAL)
def test_every_register_is_compared(name: str, bench: Bench) -> None:
    def change(emulated: Emulated, state: State) -> State:
        return replace(state, registers=state.registers | {name: state.registers[name] ^ 1})

    (difference,) = tampered(bench, 12, change).differences
    assert (difference.step, difference.what) == (12, name)


@pytest.mark.parametrize("name", ["self", "action", "spare", "stack_bottom", "alt", "count"])
def test_every_byte_is_compared(name: str, bench: Bench) -> None:
    (difference,) = tampered(bench, 20, with_byte(name)).differences
    assert difference.step == 20
    assert difference.what == f"[{name}+0x0]"


def test_the_clocks_are_not_compared(bench: Bench) -> None:
    verdict = tampered(bench, 20, with_byte("times"))
    assert not verdict.differences
    assert verdict.normalised["values of the clocks, at `times`"] == 1


def test_exempt_bytes_must_not_change_differently(bench: Bench) -> None:
    """In the frame the extended state may differ; a step later it must be what it was."""
    source = bench.sources[PROGRAM]
    states = bench.natively(source).states
    entry = next(index for index, state in enumerate(states) if state.frames)
    context = states[entry].registers["rdx"]

    def change(emulated: Emulated, state: State) -> State:
        memory = bytearray(state.memory)
        area = emulated.watched.word(memory, context + 224)
        at = emulated.watched.offset(area + 600)
        assert at is not None
        memory[at] ^= 0xFF
        return replace(state, memory=bytes(memory))

    if emulated_has_more(bench):
        assert not tampered(bench, entry, change).differences
    assert tampered(bench, entry + 1, change).differences[0].step == entry + 1


def emulated_has_more(bench: Bench) -> bool:
    """Whether the host's XSAVE area has more in it than ours."""
    return bench.xsave_size() > 0x240


def test_a_missing_instruction_is_noticed(bench: Bench) -> None:
    source = bench.sources[PROGRAM]
    emulated = bench.emulated(source)
    emulated.next_state()
    assert bench.compare_with(source, emulated).differences[0].step == 0


def test_another_end_is_noticed(bench: Bench) -> None:
    source = bench.sources["default_SIGTERM"]
    verdict = bench.compare_with(source, bench.emulated(bench.sources["default_SIGQUIT"]))
    assert verdict.differences


def test_another_output_is_noticed(bench: Bench) -> None:
    source = bench.sources["output_in_order"]
    emulated = bench.emulated(source)
    emulated.machine.kernel.terminal.output.append((1, b"x"))
    (difference,) = bench.compare_with(source, emulated).differences
    assert difference.what == "the output"
