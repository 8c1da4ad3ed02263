"""Why a jump jumps: the predicate against its definition and the processor, and what the words claim."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from emu.disassembler import Disassembler
from emu.explain import Explainer, jumps
from emu.frontends.wording import plan9_register
from emu.loaders.call import Value
from emu.machine import Machine
from emu.stepper import Stepper
from emu.target import personality, resolve

CF, PF, ZF, SF, OF = 0x1, 0x4, 0x40, 0x80, 0x800
MNEMONICS = ("jo", "jno", "jb", "jae", "je", "jne", "jbe", "ja", "js", "jns", "jp", "jnp", "jl", "jge", "jle", "jg")
EVERY_FLAGS = [sum(bits) for bits in product(*((0, flag) for flag in (CF, PF, ZF, SF, OF)))]


def condition(code: int, flags: int) -> bool:
    """The condition in an opcode's low four bits: eight tests, and the lowest bit negates."""
    carry, parity, zero, sign, overflow = (bool(flags & flag) for flag in (CF, PF, ZF, SF, OF))
    tests = (
        overflow, carry, zero, carry or zero, sign, parity, sign is not overflow, zero or sign is not overflow,
    )  # fmt: skip
    return tests[code >> 1] is not bool(code & 1)


@pytest.mark.parametrize("code", range(16), ids=MNEMONICS)
def test_each_condition_is_what_its_opcode_means(code: int):
    assert len(EVERY_FLAGS) == 32
    for flags in EVERY_FLAGS:
        assert jumps(MNEMONICS[code], flags | 0x202) is condition(code, flags), f"{flags:#x}"


def test_the_processor_jumps_when_we_say_so(guest: Callable[..., object]):
    code = b"".join(bytes((0x70 + i, 1, 0x90, 0x90)) for i in range(16))  # each jumps over one NOP
    machine = guest(code)
    for number, name in enumerate(MNEMONICS):
        assert Disassembler().decode(0, code[4 * number :]).mnemonic == name
        for flags in EVERY_FLAGS:
            machine.start(rip=machine.CODE + 4 * number, rflags=0x202 | flags).run(1)
            assert (machine.at == 4 * number + 3) is jumps(name, flags), f"{name} {flags:#x}"


def explained(stub: str, arguments: list[Value], system: str = "linux", **injected: object) -> list[str]:
    """All explanations of a stub's run."""
    machine = Machine(personality(system))
    call = resolve(stub, system).prepare(machine)
    call.enter(arguments)
    if injected:
        machine.kernel.inject(**injected)  # type: ignore[arg-type]
    stepper, explainer = Stepper(machine, call.program), Explainer(plan9_register)
    return [
        line
        for step in stepper.steps(1000)
        for line in explainer.lines(step, stepper.disassembler.decode(step.address, step.code))
    ]


@pytest.mark.parametrize(
    ("answer", "compared", "relation", "verdict"),
    [
        (-9, "signed    -9  unsigned 18446744073709551607", "18446744073709551607 > 18446744073709547521",
         "-9 counts as an error"),
        (-1, "signed    -1  unsigned 18446744073709551615", "18446744073709551615 > 18446744073709547521",
         "-1 counts as an error"),
        (-4094, "signed -4094  unsigned 18446744073709547522", "18446744073709547522 > 18446744073709547521",
         "-4094 counts as an error"),
        (-4095, "signed -4095  unsigned 18446744073709547521", "18446744073709547521 == 18446744073709547521",
         "-4095 itself counts as a result, but the kernel means an error"),
        (-4096, "signed -4096  unsigned 18446744073709547520", "18446744073709547520 <= 18446744073709547521",
         "-4096 counts as a result"),
        (5, "signed     5  unsigned 5", "5 <= 18446744073709547521", "5 counts as a result"),
    ],
)  # fmt: skip
def test_the_errno_conversion_explains_itself(answer: int, compared: str, relation: str, verdict: str):
    ax, constant, asked, order, boundary = explained("rawsyscall", [3, 99], value=answer)
    assert ax.startswith("AX ") and ax.endswith(compared)
    assert constant == "constant  0xfffffffffffff001  signed -4095  unsigned 18446744073709547521"
    taken = not -4094 <= answer <= -1
    assert asked.startswith("jump: " if taken else "no jump: ")
    assert "lower or same, unsigned, asks for CF=1 or ZF=1" in asked
    assert order == relation
    assert boundary == f"unsigned, only -4094..-1 lie above -4095: {verdict}"


def test_on_darwin_the_carry_flag_is_the_reason():
    assert explained("rawsyscall", [6, 99], "darwin") == [
        "no jump: asks for CF=0, but CF=1",
        "the kernel set the carry flag: AX holds an errno, as a positive number",
    ]
    assert explained("rawsyscall", [20], "darwin") == [
        "jump: asks for CF=0, and CF=0",
        "the kernel cleared the carry flag: AX holds the result",
    ]


def test_a_carry_flag_that_the_kernel_left_alone_is_not_its_doing(tmp_path: Path):
    mach = explained("rawsyscall", [0x1000000 - 0x2000000 + 28], "darwin")  # task_self_trap; the stub's ADDQ set CF
    source = tmp_path / "f.s"
    source.write_text("TEXT f(SB),7,$0\n\tMOVQ\t$39, AX\n\tSYSCALL\n\tJCC\tok\nok:\n\tRET\n")
    linux = explained(f"{source}:f", [])
    for lines in (mach, linux):
        assert lines[-1].startswith("no compare made these flags: SYSCALL brought back")


def test_a_jump_without_a_compare_says_whose_flags_it_tests():
    asked, reason = explained("syscall6-before", [39])
    assert asked == "no jump: asks for CF=1 or ZF=1, but CF=0 ZF=0"
    assert "no compare made these flags: SYSCALL brought back, from R11, those from before the call" in reason
