"""Rows of registers and the accesses between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emu import native
from emu.cpu import Stop
from emu.engine import RECORDED
from emu.ram import PAGE
from emu.recorder import WIDTH, Recorder

READ, WRITE = native.READ_AFTER, native.WRITE
BOTH = pytest.mark.parametrize("native_callbacks", [True, False], ids=["native", "python"])


def rows(recorder: Recorder) -> list[dict[str, int]]:
    words = list(recorder.rows)
    return [dict(zip(RECORDED, words[i : i + WIDTH], strict=True)) for i in range(0, len(words), WIDTH)]


def accesses(machine: Any, recorder: Recorder) -> list[tuple[int, str, int, int, int]]:
    """Instruction from 1, R or W, address in the data pages or below the stack, size, value."""
    found = []
    for access in recorder.accesses:
        kind, mask = {READ: "R", WRITE: "W"}[access.type], (1 << 8 * access.size) - 1
        address = machine.space.virtual(access.address)
        found.append((access.count - recorder.first, kind, address, access.size, access.value & mask))
    return found


def test_a_row_holds_the_registers_before_its_instruction(guest: Callable[..., Any]):
    machine, recorder = guest("mov eax, 7; add rax, 1; push rax; syscall"), Recorder()
    assert recorder.run(machine.cpu, 100) is Stop.SYSCALL
    seen = rows(recorder)
    assert [row["rip"] - guest.CODE for row in seen] == [0, 5, 9, 10]
    assert [row["rax"] for row in seen] == [0, 7, 8, 8]
    assert [guest.STACK - 64 - row["rsp"] for row in seen] == [0, 0, 0, 8]
    assert machine.registers.rip == guest.CODE + 12


def test_the_instruction_that_faulted_has_no_row(guest: Callable[..., Any]):
    machine, recorder = guest("nop; mov al, [0]"), Recorder()
    assert recorder.run(machine.cpu, 100) is Stop.FAULT
    assert (recorder.count, len(recorder.rows)) == (1, WIDTH)


def test_a_run_starts_anew(guest: Callable[..., Any]):
    machine, recorder = guest("mov [rsi], eax; mov eax, [rsi]; syscall"), Recorder(memory=True)
    recorder.run(machine.cpu, 1)
    assert (recorder.first, recorder.count, len(recorder.accesses)) == (0, 1, 1)
    recorder.run(machine.cpu, 1)
    assert (recorder.first, recorder.count, [a.type for a in recorder.accesses]) == (1, 1, [READ])


def test_before_its_first_run_a_recorder_is_empty():
    recorder = Recorder(memory=True)
    assert (recorder.count, len(recorder.rows), recorder.accesses) == (0, 0, [])


@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_a_full_buffer_is_a_limit(guest: Callable[..., Any], capacity: int):
    machine, recorder = guest("again: jmp again"), Recorder(capacity)
    assert recorder.run(machine.cpu, 100) is Stop.LIMIT
    assert (recorder.count, machine.retired) == (capacity, capacity)


@BOTH
def test_accesses_tell_instruction_kind_address_size_and_value(guest: Callable[..., Any], native_callbacks: bool):
    machine = guest(
        "mov [rsi + 1], al; mov cx, [rsi + 1]; push rdi; add dword ptr [rsi + 4], 5; movsq; nop; syscall",
        native_callbacks=native_callbacks,
    )
    recorder = Recorder(memory=True)
    data, stack = guest.DATA, guest.STACK - 64
    assert recorder.run(machine.start(rax=0x1234).cpu, 100) is Stop.SYSCALL
    assert accesses(machine, recorder) == [
        (1, "W", data + 1, 1, 0x34),
        (2, "R", data + 1, 2, 0x34),
        (3, "W", stack - 8, 8, data + PAGE),
        (4, "R", data + 4, 4, 0),
        (4, "W", data + 4, 4, 5),
        (5, "R", data, 8, 0x5_0000_3400),
        (5, "W", data + PAGE, 8, 0x5_0000_3400),
    ]


@BOTH
def test_each_iteration_of_a_rep_has_its_own_accesses(guest: Callable[..., Any], native_callbacks: bool):
    machine = guest("mov ecx, 3; rep movsb; syscall", native_callbacks=native_callbacks)
    machine.space.copy_out(guest.DATA, b"abc")
    recorder = Recorder(memory=True)
    recorder.run(machine.cpu, 100)
    sides = (("R", guest.DATA), ("W", guest.DATA + PAGE))
    expected = [(2 + i, kind, base + i, 1, b"abc"[i]) for i in range(3) for kind, base in sides]
    assert accesses(machine, recorder) == expected


@BOTH
def test_a_second_attempt_at_an_instruction_is_not_a_second_access(
    guest: Callable[..., Any], native_callbacks: bool
):
    code = "mov [rsi], al; add byte ptr [rbx], 0; nop; syscall"
    machine = guest(code, writable_code=True, native_callbacks=native_callbacks)
    recorder = Recorder(memory=True)
    assert recorder.run(machine.start(rbx=guest.CODE + 5).cpu, 100) is Stop.SYSCALL
    seen = [(n, kind, size) for n, kind, _, size, _ in accesses(machine, recorder)]
    assert seen == [(1, "W", 1), (2, "R", 1), (2, "W", 1)]


def test_an_access_across_pages_is_told_whole(guest: Callable[..., Any]):
    machine, recorder = guest("mov [rsi + 4092], rax; syscall"), Recorder(memory=True)
    recorder.run(machine.start(rax=0x1122334455667788).cpu, 100)
    assert machine.space.copy_in(guest.DATA + 4092, 8) == (0x1122334455667788).to_bytes(8, "little")
    assert {(n, kind) for n, kind, *_ in accesses(machine, recorder)} == {(1, "W")}
    assert sum(size for *_, size, _ in accesses(machine, recorder)) >= 8


@BOTH
def test_instructions_with_many_accesses_end_the_run_early_and_lose_nothing(
    guest: Callable[..., Any], native_callbacks: bool
):
    machine = guest("again: fxsave [rsi]; jmp again", native_callbacks=native_callbacks)
    recorder, expected = Recorder(4, memory=True), Recorder(1, memory=True)
    expected.run(guest("fxsave [rsi]").cpu, 1)
    assert len(expected.accesses) > 4 * recorder.capacity
    for _ in range(3):
        assert recorder.run(machine.cpu, 100) is Stop.LIMIT
        assert recorder.count >= 1
        counts = [a.count - recorder.first for a in recorder.accesses]
        assert counts.count(1) in (len(expected.accesses), 0)
        assert max(counts, default=1) <= recorder.count


def test_after_a_recorder_with_accesses_one_without_records_none(guest: Callable[..., Any]):
    """The memory callback stays installed; it must not write into the first recorder's buffer."""
    machine = guest("again: mov [rsi], rcx; inc rcx; jmp again")
    with_memory, without = Recorder(4, memory=True), Recorder(5000)
    with_memory.run(machine.cpu, 4)
    kept = [(a.count, a.value) for a in with_memory.accesses]
    assert without.run(machine.cpu, 5000) is Stop.LIMIT
    assert (without.count, without.accesses) == (5000, [])
    assert [(a.count, a.value) for a in with_memory.accesses] == kept
    assert machine.run(5000) is Stop.LIMIT
    assert machine.cpu.data.access == 0


def test_two_recorders_may_take_turns(guest: Callable[..., Any]):
    machine = guest("again: mov [rsi], rcx; inc rcx; jmp again")
    recorders = [Recorder(3, memory=True), Recorder(6, memory=True)]
    for turn in range(6):
        recorder = recorders[turn % 2]
        recorder.run(machine.cpu, 100)
        assert recorder.count == recorder.capacity
        assert len(recorder.accesses) == recorder.capacity // 3
