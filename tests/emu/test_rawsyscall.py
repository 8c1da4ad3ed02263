"""RawSyscall of 2008 on both systems: exact results for every kind of answer the kernel can give."""

from __future__ import annotations

import pytest

from emu.loaders.call import Call, Value
from emu.machine import Machine, Stop
from emu.target import personality, resolve

LOW, HIGH, ALL = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1
ANSWERS = (LOW, LOW + 1, -(1 << 32), -4097, -4096, -4095, -4094, -4093, -133, -9, -2, -1, 0, 1, 9, 4095, 1 << 32, HIGH)


def call_of(stub: str, system: str) -> Call:
    return resolve(stub, system).prepare(Machine(personality(system)))


def results(call: Call, arguments: list[Value]) -> tuple[int | None, ...]:
    """r1 (signed), r2, errno."""
    call.enter(arguments)
    assert call.machine.run_to_end(1000) == Stop.EXIT
    r1, r2, errno = call.result_values()
    return r1.signed, r2.value, errno.value


@pytest.mark.parametrize("stub", ["rawsyscall", "syscall", "syscall6"])
@pytest.mark.parametrize(
    ("system", "arguments", "expected"),
    [
        ("linux", [39], (4242, 0, 0)),  # getpid; r2 is RDX, which Linux leaves alone
        ("linux", [39, 0, 0, 77], (4242, 77, 0)),
        ("darwin", [20], (4242, 0, 0)),
        ("darwin", [20, 0, 0, 77], (4242, 0, 0)),  # Darwin writes a second result
        ("linux", [3, 99], (-1, 0, 9)),
        ("darwin", [6, 99], (-1, 0, 9)),
        ("linux", [1, 1, b"hello", 5], (5, 5, 0)),
        ("darwin", [4, 1, b"hello", 5], (5, 0, 0)),
        ("linux", [1, 1, 0, 5], (-1, 0, 14)),
        ("linux", [9999], (-1, 0, 38)),
        ("linux", [3, 1], (0, 0, 0)),
        ("darwin", [6, 1], (0, 0, 0)),
    ],
)
def test_what_the_kernel_does_reaches_the_caller(
    stub: str, system: str, arguments: list[Value], expected: tuple[int, ...]
):
    assert results(call_of(stub, system), arguments) == expected


@pytest.mark.parametrize("stub", ["rawsyscall", "syscall", "syscall6"])
def test_linux_takes_4094_negative_numbers_for_errnos(stub: str):
    call = call_of(stub, "linux")
    for answer in ANSWERS:
        call.machine.kernel.inject(answer)
        expected = (-1, 0, -answer) if -4094 <= answer <= -1 else (answer, 7, 0)
        assert results(call, [3, 99, 0, 7]) == expected, answer


@pytest.mark.parametrize("stub", ["rawsyscall", "syscall", "syscall6"])
@pytest.mark.parametrize("carry", [False, True])
def test_darwin_takes_whatever_comes_with_the_carry_flag(stub: str, carry: bool):
    call = call_of(stub, "darwin")
    for answer in ANSWERS:
        call.machine.kernel.inject(answer, error=carry)
        r1, r2, errno = results(call, [6, 99, 0, 7])
        assert (r1, errno) == ((-1, answer & ALL) if carry else (answer, 0)), answer
        assert r2 == 0 or not carry


def test_the_compareless_syscall6_goes_by_the_callers_flags():
    call = call_of("syscall6-before", "linux")
    for answer in ANSWERS:
        call.machine.kernel.inject(answer)
        assert results(call, [3, 99]) == (-1, 0, -answer & ALL), answer


@pytest.mark.parametrize("stub", ["syscall", "syscall6"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("answer", [-9, 9])
def test_each_call_counts_in_both_hooks(stub: str, system: str, answer: int):
    call = call_of(stub, system)
    for calls in (1, 2):
        call.machine.kernel.inject(answer, error=answer < 0)
        results(call, [3, 99])
        for hook in ("entersyscalls", "exitsyscalls"):
            address = call.program.find(f"ringside·{hook}").address
            assert call.machine.space.copy_in(address, 8) == calls.to_bytes(8, "little")


def test_six_arguments_arrive_in_the_registers_of_the_kernel():
    call = call_of("syscall6", "linux")
    machine = call.machine
    machine.kernel.observe = True
    call.enter([9999, 11, 12, 13, 14, 15, 16])
    machine.run_to_end(1000)
    (event,) = machine.kernel.events
    assert [argument.raw for argument in event.arguments] == [11, 12, 13, 14, 15, 16]  # type: ignore[union-attr]
