"""Calling a routine: slots, strings and buffers in guest memory, guards around the stack, results."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from asm import assemble_text, link
from asm.program import Slot
from emu.loaders.call import (
    LARGEST_FRAME,
    RETURN_ADDRESS,
    STACK_TOP,
    UNWRITTEN,
    Buffer,
    Call,
    CallError,
)
from emu.machine import Machine, Stop
from kernel_stub.cpu import BadAddress
from kernel_stub.linux.personality import LINUX

WORDS = [Slot("a", 0, 8, True, False), Slot("b", 8, 4, True, False), Slot("r", 16, 8, False, True)]


def call(text: str = "\tRET\n", slots: Sequence[Slot] = WORDS, register: str = "", data: str = "") -> Call:
    program = link([assemble_text(f"TEXT f(SB),7,$0\n{text}{data}", "f.s", dialect="go2008")])
    return Call(Machine(LINUX), program, program.find("f"), slots, register)


def word(call: Call, offset: int, size: int = 8) -> int:
    return int.from_bytes(call.machine.space.copy_in(call.stack_pointer + offset, size), "little")


def test_a_call_finds_the_stack_as_the_abi_says():
    made = call()
    made.enter([1, 2])
    registers = made.machine.cpu.registers
    assert registers.rsp % 16 == 8
    assert (registers.rip, word(made, 0)) == (made.routine.address, RETURN_ADDRESS)
    assert (word(made, 8), word(made, 16, 4), word(made, 24)) == (1, 2, UNWRITTEN * 0x0101010101010101)
    assert made.machine.run_to_end(10) == Stop.EXIT


def test_arguments_that_are_left_out_are_zero():
    made = call()
    made.enter([])
    assert (word(made, 8), word(made, 16, 4)) == (0, 0)
    assert [(p.slot.name, p.given, p.number) for p in made.passed] == [("a", None, 0), ("b", None, 0)]


def test_a_negative_argument_is_twos_complement_of_its_slot():
    made = call()
    made.enter([-1, -2])
    assert (word(made, 8), word(made, 16, 4)) == ((1 << 64) - 1, (1 << 32) - 2)


@pytest.mark.parametrize("value", [1 << 32, -(1 << 31) - 1])
def test_an_argument_that_does_not_fit_its_slot_is_refused(value: int):
    with pytest.raises(CallError, match=f"b is 4 bytes wide; {value} does not fit"):
        call().enter([0, value])


def test_too_many_arguments_are_refused_with_the_names_of_those_there_are():
    with pytest.raises(CallError, match=r"f takes 2 arguments \(a, b\), but 3 are given"):
        call().enter([1, 2, 3])


def test_a_routine_without_known_slots_says_how_to_name_them():
    with pytest.raises(CallError, match=r"f names no arguments .* --args N --results N"):
        call(slots=[]).enter([1])


def test_a_string_ends_with_nul_at_the_end_of_its_page():
    made = call()
    made.enter([b"hello"])
    address = word(made, 8)
    space = made.machine.space
    assert space.copy_in(address, 6) == b"hello\0"
    assert (address + 6) % 4096 == 0
    with pytest.raises(BadAddress):
        space.copy_in(address + 6, 1)
    assert [made.labels.name(address + i) for i in (0, 3)] == ["*a", "*a+3"]


def test_a_buffer_is_zeroed_and_fenced():
    made = call()
    made.enter([Buffer(5000)])
    address = word(made, 8)
    assert made.machine.space.copy_in(address, 5000) == bytes(5000)
    with pytest.raises(BadAddress):
        made.machine.space.copy_out(address + 5000, b"x")


def test_buffers_that_fill_the_machine_are_refused():
    slots = [Slot(f"a{i}", 8 * i, 8, True, False) for i in range(64)]
    with pytest.raises(CallError, match="too large"):
        call(slots=slots).enter([Buffer(1 << 20)] * 64)


def test_data_that_fills_the_machine_is_refused():
    data = "".join(f"GLOBL big{i}(SB), $0x3000000\n" for i in range(2))
    with pytest.raises(CallError, match=r"f\.s is too large to run"):
        call(data=data)


@pytest.mark.parametrize("push", [True, False])
def test_the_stack_lies_between_guards(push: bool):
    made = call("l:\tPUSHQ AX\n\tJMP l\n" if push else "l:\tPOPQ AX\n\tJMP l\n")
    made.enter([])
    assert made.machine.run_to_end(1_000_000) == Stop.FAULT
    fault = made.machine.cpu.fault
    assert fault.vector == 14
    assert fault.address == STACK_TOP if not push else fault.address < STACK_TOP - 0x1000


def test_slots_below_the_first_argument_are_not_the_callers():
    made = call(slots=[Slot("x", -8, 8, True, False), *WORDS])
    made.enter([7])
    assert word(made, 0) == RETURN_ADDRESS and word(made, 8) == 7


def test_a_frame_grows_the_stack_and_has_a_limit():
    made = call("\tMOVQ r+500000(FP), AX\n\tRET\n", [Slot("r", 500_000, 8, True, False)])
    made.enter([7])
    assert made.machine.run_to_end(10) == Stop.EXIT and made.machine.cpu.registers.rax == 7
    with pytest.raises(CallError, match=r"f refers to far\+\d+\(FP\)"):
        call(slots=[Slot("far", LARGEST_FRAME, 8, True, False)])


def test_a_result_that_nobody_wrote_is_none():
    made = call()
    made.enter([])
    made.machine.run_to_end(10)
    assert [(r.name, r.value) for r in made.result_values()] == [("r", None)]


def test_a_result_with_the_fillers_bits_is_one_if_the_routine_wrote_it():
    made = call("\tMOVQ $0xa5a5a5a5a5a5a5a5, AX\n\tMOVQ AX, r+16(FP)\n\tRET\n")
    made.enter([])
    made.machine.run_to_end(10)
    made.saw_write(made.stack_pointer + 24)
    assert [r.value for r in made.result_values()] == [UNWRITTEN * 0x0101010101010101]
    made.enter([])
    assert [r.value for r in made.result_values()] == [None]


def test_the_result_register_counts_where_c_calls():
    made = call("\tMOVQ $-9, AX\n\tRET\n", register="AX")
    made.enter([])
    made.machine.run_to_end(10)
    (result,) = made.result_values()
    assert (result.name, result.signed) == ("ax", -9)


def test_a_call_can_be_entered_again():
    made = call("\tMOVQ a+0(FP), AX\n\tMOVQ AX, r+16(FP)\n\tRET\n")
    for value in (5, 6):
        made.enter([value])
        assert made.machine.run_to_end(10) == Stop.EXIT
        assert made.result_values()[0].value == value
