"""The exercises of notebook 06: regression-testing a stub."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from asm import stubs
from checks import Exercise
from emu import Code, assemble, contract, mutate, trace
from emu.scenarios.read import read
from emu.scenarios.verdict import PASSED, judge

NAME = "rawsyscall"
CALL = re.compile(rf"^[ \t]*call[ \t]*=[ \t]*([\"']){NAME}\1", re.MULTILINE)
SIGNATURE = "// func RawSyscall(trap, a1, a2, a3 int64) (r1, r2, errno int64)\n"


def _stub(text: object) -> Code:
    return assemble(SIGNATURE + str(text), dialect="go2008")


def _original() -> str:
    """RawSyscall's lines of the shipped file."""
    shipped = stubs.read(stubs.find(NAME, "linux").files[0])
    return "TEXT syscall·RawSyscall" + shipped.split("TEXT syscall·RawSyscall")[1].split("\n//")[0]


def _by_example(answer: object) -> str | None:
    code = _stub(answer)
    done, failed = trace(code, "getpid").result, trace(code, "close", 99)
    if done["errno"] or done["r1"] <= 0:
        return f"the example getpid notices it: {done}"
    if failed.result["r1"] != -1 or failed.errno != "EBADF":
        return f"the example close notices it: {failed.result}"
    broken = {clause.name for clause in contract(NAME, code).broken}
    if not broken:
        return "the examples pass, and so does everything else: this stub isn't wrong"
    if "arguments" in broken:
        return "a wrong argument reaches the kernel, as in the text above; find another kind of mistake"
    return None


by_example = Exercise(
    _by_example,
    "both examples pass, and the stub is wrong.",
    (
        "The two answers that the examples see are a small positive number and -9. What else can a kernel answer?",
        "An address, as of mmap, can be any positive number; and some results are negative.",
        "Move the border: with another constant, other answers count as errors.",
    ),
)


def _optimised() -> str:
    lines = [line for line in _original().splitlines() if "$0, 48(SP)" not in line]
    return "\n".join(lines).replace("MOVQ\t8(SP), AX", "MOVQ\t8(SP), R14\n\tMOVQ\tR14, AX")


def _blamed(answer: object) -> str | None:
    if not isinstance(answer, (set, frozenset)):
        return "a set of names is wanted"
    broken = {clause.name for clause in contract(NAME, _stub(_optimised())).broken}
    known = {clause.name for report in contract(NAME, answers=1).reports for clause in report.subject.contract.clauses}
    if answer - known:
        return f"no clause is called {', '.join(sorted(answer - known))}"
    if answer - broken:
        return f"{', '.join(sorted(answer - broken))}: that holds"
    return "there is one more that breaks" if broken - answer else None


blamed = Exercise(
    _blamed,
    "each change broke one promise, and each is noticed by the clause that is about it.",
    (
        "What is in a result slot that nobody writes to?",
        "R14 is m, one of the two registers that Go of 2008 keeps; R15, which is g, is the other. Look at the promises "
        "again.",
        "contract(\"rawsyscall\", stub(...)) tells, once the text is changed.",
    ),
)


def _invisible(answer: object) -> str | None:
    names = [clause.name for clause in contract(NAME, answers=1).reports[0].subject.contract.clauses]
    if answer not in names:
        return f"no clause is called {answer!r}"
    counts = {name: len(mutate(NAME, without=[name], answers=300).survivors) for name in names}
    if counts[answer] == max(counts.values()):
        return None
    return f"without {answer}, {counts[answer]} mutants survive; there is a clause with more"


invisible = Exercise(
    _invisible,
    "the way of an error has the most instructions, and only this clause looks at what they leave behind.",
    (
        "Each instruction has many mutants. Which promise do most instructions serve?",
        "Two clauses are about what goes in, and two about what comes out. Which has more instructions behind it?",
        "A loop over the names and max() decide it.",
    ),
)


def _equivalent(answer: object) -> str | None:
    mine, original = _stub(answer), _stub(_original())
    if bytes_of(mine) == bytes_of(original):
        return "the bytes are the original's"
    broken = contract(NAME, mine).broken
    if broken:
        return f"it isn't the same: {broken[0].name}: {broken[0].seen}"
    if _lines(str(answer)) == _lines(_original()):
        return "that is the original with its lines in another order; find another way"
    return None


def _lines(text: str) -> list[list[str]]:
    """The words of each line, without comments and empty lines, in an order that is the same for the same lines."""
    return sorted(filter(None, (line.split("//")[0].split() for line in text.splitlines())))


def bytes_of(code: Code) -> bytes:
    """The machine code of the only routine."""
    return code.program.find("RawSyscall").symbol.data


equivalent = Exercise(
    _equivalent,
    "other bytes, and no input tells the two apart.",
    (
        "Two's complement has a definition in two steps.",
        "Or think of ways to put 0 into a slot, or of the same jump with the two ways exchanged.",
        "NEGQ is NOTQ, then INCQ.",
    ),
)


def _verdict(folder: Path, text: str) -> tuple[str, str]:
    file = folder / "answer.ringside.toml"
    file.write_text(text)
    cases = read(file)
    if len(cases) != 1:
        raise ValueError(f"one case is wanted, and the file has {len(cases)}")
    verdict = judge(cases[0])
    return verdict.status, next(iter(verdict.lines), "")


def _pinned(answer: object) -> str | None:
    text = str(answer)
    if not CALL.search(text):
        return f'the line  call = "{NAME}"  is missing'
    with TemporaryDirectory() as name:
        folder = Path(name)
        status, line = _verdict(folder, text)
        if status != PASSED:
            return f"it doesn't pass on the original: {line}"
        (folder / "mended.s").write_text(SIGNATURE + _original().replace("JLS", "JCS"))
        mended = CALL.sub('source = "mended.s"\ncall = "RawSyscall"\ndialect = "go2008"', text)
        if _verdict(folder, mended)[0] == PASSED:
            return "it passes on the mended stub as well, so it doesn't pin the border"
    return None


pinned = Exercise(
    _pinned,
    "whoever mends the border will hear from this file, and can decide on purpose.",
    (
        "call and arguments as above, next as in the text, and expect.results says what must come out.",
        "For a result, r1 is the answer itself and errno is 0.",
        "expect.results = { r1 = -4095, errno = 0 }",
    ),
)
