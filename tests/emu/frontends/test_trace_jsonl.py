"""The trace as JSON lines: every line follows the schema, and says the same as the run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from asm.stubs import STUBS
from emu.frontends import jsonl

MASK = (1 << 64) - 1
FILES = {
    "fault": "\tMOVQ AX, (AX)\n\tRET\n",
    "divide": "\tXORL AX, AX\n\tDIVL AX\n\tRET\n",
    "int3": "\tBYTE $0xcc\n\tRET\n",
    "off": "\tXORL AX, AX\n",
    "away": "\tJMP SP\n",
    "loop": "l:\tJMP l\n",
    "wide": "\tMOVOU X0, r+0(FP)\n\tRET\n",
    "strings": "\tMOVQ x+0(FP), SI\n\tMOVQ SP, DI\n\tSUBQ $64, DI\n\tMOVL $4, CX\n\tREP\n\tMOVSB\n\tRET\n",
    "unwritten": "\tMOVQ $1, CX\n\tTESTQ CX, CX\n\tJNE 2(PC)\n\tMOVQ CX, r+0(FP)\n\tRET\n",
}
RUNS = [
    "rawsyscall close 99",
    "rawsyscall close 99 --os darwin",
    "rawsyscall getpid",
    "rawsyscall write 1 hello 5",
    "rawsyscall write 1 hello 5 --os darwin",
    "rawsyscall write 1 1 5",
    "rawsyscall read 0 &16 16 --stdin typed\\n",
    "rawsyscall fcntl 1 F_GETFL",
    "rawsyscall 9999",
    "rawsyscall -1 --os darwin",
    "rawsyscall mount a b c",
    "rawsyscall close 99 --returns -4095",
    "rawsyscall close 99 --returns 0x7fffffffffffffff --os darwin",
    "rawsyscall close 99 --returns EINTR --os darwin",
    "syscall6 dup3 1 9 O_CLOEXEC",
    "exit 300",
    "exit -1 --os darwin",
    "open /etc/passwd O_RDONLY",
    "rawsyscall exit_group 3",
    "rawsyscall close --limit 1",
]


def errors(objects: list[dict[str, Any]]) -> Iterator[str]:
    """What in a run's lines goes against the schema: all but the last are steps and interludes, the last is the end."""
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(jsonl.SCHEMA)
    schemas = (jsonl.SCHEMA, jsonl.STEP_SCHEMA, jsonl.INTERLUDE_SCHEMA, jsonl.END_SCHEMA)
    whole, step, interlude, end = (Draft202012Validator(schema) for schema in schemas)
    for number, found in enumerate(objects, 1):
        for validator in (whole, end if number == len(objects) else step if "address" in found else interlude):
            yield from (f"line {number}: {error.message}" for error in validator.iter_errors(found))


def consistent(objects: list[dict[str, Any]]) -> None:
    """Positions count what retired, and a register's old value is what the process's last change of it left."""
    *steps, end = objects
    registers: dict[int, dict[str, str]] = {}
    position = 0
    for step in steps:
        assert step["position"] == position
        if "address" not in step:
            continue
        known = registers.setdefault(step["process"], {})
        position += step["retired"]
        assert step["retired"] or step["fault"]
        for name, (old, new) in step["registers"].items():
            assert known.get(name, old) == old != new
            known[name] = new
    assert end["exit"]["position"] == position


@pytest.fixture
def trace(run: Callable[..., Any], require_module: Callable[..., None]) -> Callable[..., list[dict[str, Any]]]:
    """A run's objects, checked; the exit status must agree with the last one."""
    require_module("jsonschema")

    def traced(*arguments: str) -> list[dict[str, Any]]:
        ran = run("trace", "--format", "jsonl", *arguments)
        assert ran.err == "" and ran.out.isascii()
        assert list(errors(ran.objects)) == []
        consistent(ran.objects)
        assert ran.status == (ran.objects[-1]["exit"]["reason"] not in ("returned", "exited"))
        return ran.objects

    return traced


@pytest.mark.parametrize("arguments", RUNS)
def test_every_kind_of_run_follows_the_schema(trace: Callable[..., Any], arguments: str):
    trace(*arguments.split())


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: f"{stub.name}-{stub.system}")
def test_every_stub_follows_the_schema(trace: Callable[..., Any], stub: Any):
    trace(stub.name, "--os", stub.system)


@pytest.mark.parametrize("name", FILES)
def test_every_end_follows_the_schema(trace: Callable[..., Any], source: Callable[..., str], name: str):
    reason = {
        "fault": "fault", "divide": "fault", "int3": "fault", "off": "ran off", "away": "ran off", "loop": "budget",
    }.get(name, "returned")  # fmt: skip
    path = source(f"TEXT ·f(SB),4,$0\n{FILES[name]}")
    arguments = ["hello"] if name == "strings" else []
    assert trace(f"{path}:f", *arguments, "--limit", "1500")[-1]["exit"]["reason"] == reason


@pytest.mark.parametrize(
    "line",
    [
        {"position": 0},
        {"result": {"r1": 5}, "exit": {}},
        {"result": {"r1": "5"}},
        {"result": {"r1": "0xG"}},
    ],
)
def test_the_schema_refuses_what_is_none(require_module: Callable[..., None], line: dict[str, Any]):
    require_module("jsonschema")
    assert list(errors([line]))


def test_a_step_has_the_documented_keys_and_hex_values(trace: Callable[..., Any]):
    step = trace("rawsyscall", "close", "99")[0]
    assert step == {
        "position": 0,
        "process": 4242,
        "thread": 4242,
        "address": "0x400000",
        "bytes": "488b7c2410",
        "source": step["source"],
        "disassembly": "mov rdi, qword ptr [rsp + 0x10]",
        "retired": True,
        "fault": None,
        "registers": {"rdi": ["0x0", "0x63"]},
        "reads": [{"address": "0x7ffeffffff48", "size": 8, "value": "0x63", "name": "a1"}],
        "writes": [],
        "events": [],
    }
    assert step["source"]["text"].split() == ["MOVQ", "16(SP),", "DI"]
    assert step["source"]["file"].endswith("linux/syscall.s") and step["source"]["line"] > 1


def test_the_call_is_an_event_of_its_syscall(trace: Callable[..., Any]):
    (event,) = [event for step in trace("rawsyscall", "close", "99") for event in step.get("events", [])]
    assert (event["kind"], event["name"], event["number"], event["error"]) == ("syscall", "close", 3, "EBADF")
    assert event["arguments"][0] == {"name": "fd", "value": "0x63", "text": "99"}
    assert event["result"] == hex(-9 & MASK)
    assert event["text"] == "close(99) = -1 EBADF (Bad file descriptor)"
    assert (event["injected"], event["simulated"]) == (False, True)


def test_the_last_line_has_results_by_slot_and_the_exit(trace: Callable[..., Any]):
    end = trace("rawsyscall", "close", "99")[-1]
    assert end["result"] == {"r1": hex(MASK), "r2": "0x0", "errno": "0x9"}
    assert end["exit"] == {
        "reason": "returned", "position": 12, "address": "0x7ffe00000800", "source": None,
        "code": None, "signal": None, "fault": None,
    }  # fmt: skip


def test_an_exit_has_its_code_and_no_results(trace: Callable[..., Any]):
    end = trace("exit", "300")[-1]
    assert end["result"] == {} and (end["exit"]["reason"], end["exit"]["code"]) == ("exited", 44)


def test_a_fault_has_vector_address_place_and_signal(trace: Callable[..., Any]):
    *_, step, end = trace("notok")
    assert not step["retired"] and step["fault"] == end["exit"]["fault"]
    assert [event["kind"] for event in step["events"]] == ["signal", "exit"]
    end = end["exit"]
    assert end["fault"] == {"vector": 14, "error_code": "0x6", "address": "0xf1"}
    assert (end["reason"], end["signal"], end["position"], end["address"]) == ("fault", "SIGSEGV", 1, "0x400005")
    assert re.fullmatch(r"\s*MOVQ\s+BP, \(BP\)", end["source"]["text"])


def test_a_result_that_nobody_wrote_is_null(trace: Callable[..., Any], source: Callable[..., str]):
    path = source(f"TEXT ·f(SB),4,$0\n{FILES['unwritten']}")
    assert trace(f"{path}:f")[-1]["result"] == {"r": None}


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_a_result_with_the_fillers_bits_is_a_result(trace: Callable[..., Any], system: str):
    """Slots are filled with 0xa5 before the call, so that unwritten ones show."""
    answer = "0xa5a5a5a5a5a5a5a5"
    assert trace("rawsyscall", "close", "--returns", answer, "--os", system)[-1]["result"]["r1"] == answer


def test_text_and_json_tell_of_the_same_run(run: Callable[..., Any], trace: Callable[..., Any]):
    objects = trace("syscall", "write", "1", "hello", "5")
    text = run("trace", "syscall", "write", "1", "hello", "5").out
    shown = re.findall(r"^ +(\d+)  +([0-9a-f]+)  ((?:[0-9a-f]{2} )+)", text, re.MULTILINE)
    assert [(int(p), f"0x{a}", b.replace(" ", "")) for p, a, b in shown] == [
        (step["position"], step["address"], step["bytes"]) for step in objects[:-1]
    ]
