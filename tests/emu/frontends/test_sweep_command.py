"""`ringside sweep`: the table and what it says in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emu.frontends import sweep_command
from emu.sweeps import Answer


def test_the_linux_stub_draws_the_line_one_below_the_kernels(run: Callable[..., Any]):
    ran = run("sweep", "rawsyscall")
    assert ran.status == 0
    assert re.fullmatch(r"rawsyscall on linux: 18,433 calls in \d+\.\d\d s", ran.lines[0])
    assert ran.lines[2:] == [
        "answers (signed)             tested  the stub      the kernel",
        "-9223372036854775808..-4096  5,109   takes result  means result",
        "-4095                        1       takes result  means error   <- they differ",
        "-4094..-1                    4,094   takes error   means error",
        "0..9223372036854775807       9,229   takes result  means result",
        "",
        "The stub takes as errors: -4094..-1.",
        "The kernel means as errors: -4095..-1 (MAX_ERRNO).",
    ]


def test_the_compareless_stub_does_not_care_for_the_answer(run: Callable[..., Any]):
    assert run("sweep", "syscall6-before").lines[-4:] == [
        "The answer doesn't matter: the stub takes every one as an error.",
        "Its jump tests flags that no compare set: SYSCALL brings back those from before the call.",
        "With CF and ZF set before the call, it takes every one as a result.",
        "The kernel means as errors: -4095..-1 (MAX_ERRNO).",
    ]


@pytest.mark.parametrize(
    ("arguments", "remarks"),
    [
        (("sigaltstack",), ["The stub faults on: -4094..-1 (page fault at 0xf1 in notok)."]),
        (("close",), ["The stub takes nothing as an error."]),
        (("sigreturn",), ["The stub faults on: every answer (breakpoint)."]),
        (
            ("rawsyscall", "--os", "darwin"),
            [
                "With the carry flag clear, the stub takes nothing as an error.",
                "With the carry flag set, the stub takes as errors: every answer.",
            ],
        ),
        (
            ("write", "--os", "darwin"),
            [
                "With the carry flag clear, the stub takes nothing as an error.",
                "With the carry flag set, the stub faults on: every answer (page fault at 0xf1 in notok).",
            ],
        ),
    ],
)
def test_remarks_say_what_the_stub_does_with_errors(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], remarks: list[str]
):
    values = (-(1 << 63), -4096, -4095, -4094, -1, 0, 1, (1 << 63) - 1)  # each fault takes its time
    monkeypatch.setattr(
        sweep_command, "answers", lambda carries, seed: [Answer(v, carry) for carry in carries for v in values]
    )
    assert run("sweep", *arguments).lines[-1 - len(remarks) : -1] == remarks


def test_json_has_the_same_figures(run: Callable[..., Any]):
    found = json.loads(run("sweep", "rawsyscall", "--format", "json").out)
    assert (found["calls"], found["answer_matters"], found["with_flags_set"]) == (18433, True, None)
    assert found["ranges"][1:3] == [
        {"first": -4095, "last": -4095, "carry": False, "tested": 1, "stub": "result", "kernel": "error"},
        {"first": -4094, "last": -1, "carry": False, "tested": 4094, "stub": "error", "kernel": "error"},
    ]


def test_a_files_routine_is_swept_with_its_arguments(run: Callable[..., Any], source: Callable[..., str]):
    path = source(
        "TEXT ·f(SB),4,$0\n\tMOVQ n+0(FP), AX\n\tSYSCALL\n\tCMPQ AX, $0xfffffffffffff000\n\tJLS ok\n"
        "\tMOVQ $-1, AX\nok:\n\tMOVQ AX, r+8(FP)\n\tRET\n"
    )
    ran = run("sweep", f"{path}:f", "getpid")
    assert "The stub takes as errors: -4095..-1." in ran.lines
    assert "they differ" not in ran.out
