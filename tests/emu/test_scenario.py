"""Scenarios: each kind of expectation holds when it should, and fails when it should, pointing at its line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from asm.stubs import RUNS
from emu.loaders.call import STACK_SIZE, STACK_TOP
from emu.scenarios.fields import EXPECT, schema
from emu.scenarios.read import ScenarioError, read
from emu.scenarios.verdict import ERROR, FAILED, PASSED, Verdict, judge

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "tests" / "scenarios").glob("*.ringside.toml"))
CLOSE = 'call = "rawsyscall"\narguments = ["close", 99]\n'
READ = 'call = "rawsyscall"\narguments = ["read", 0, "&8", 8]\nstdin = "hi"\n'
TRUNCATE = """call = "rawsyscall"
arguments = ["open", "a", "O_WRONLY|O_TRUNC", 0]
cwd = "/w"
files.a = "hello"
files.d = { directory = true }
files.l = { link = "a" }
"""
SEGV = 'program = "sigsegv"\n'

CLOBBERS = """// dialect: go2008
// func f(p *byte) (r int64)
TEXT ·f(SB),7,$0
	MOVQ	$7, R12
	MOVQ	8(SP), AX
	MOVB	$1, (AX)
	MOVQ	$3, ·word(SB)
	MOVQ	$5, 16(SP)
	RET

DATA ·word+0(SB)/8, $9
GLOBL ·word(SB), $8
"""
CLOBBER = 'source = "clobbers.s"\ncall = "f"\narguments = ["&4"]\n'


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a scenario, beside a source that changes what it should not."""

    def made(text: str) -> Path:
        (tmp_path / "clobbers.s").write_text(CLOBBERS, encoding="utf-8")
        file = tmp_path / "case.ringside.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return made


@pytest.fixture
def verdict(write: Callable[[str], Path]) -> Callable[[str], Verdict]:
    """The verdict on a file's only case."""

    def of(text: str) -> Verdict:
        (case,) = read(write(text))
        return judge(case)

    return of


# What is expected, in a run: one line that holds, one that doesn't, and what is said then.
EXPECTATIONS = [
    ("results", CLOSE, 'results = { r1 = -1, errno = "EBADF" }', "results.r1 = 0",
     "expected r1 = 0, but it is -1"),
    ("results", CLOSE, "results.r1 = 0xffffffffffffffff", 'results.errno = "EINTR"',
     r"expected errno = EINTR \(4\), but it is 9 EBADF \(Bad file descriptor\)"),
    ("results", CLOSE, 'results.r2 = "any"', 'results.r1 = "unwritten"',
     "expected r1 to stay unwritten, but it is -1"),
    ("results", CLOSE, "results.r2 = 0", "results.nope = 0", "no result is called nope; there are r1, r2, errno"),
    ("errno", CLOSE, 'errno = "EBADF"', "errno = 0", "expected errno = 0, but it is 9 EBADF"),
    ("stdout", SEGV, 'exit = 2', 'stdout = "x"', 'expected "x" on stdout, but it wrote ""'),
    ("stderr", SEGV, 'stderr = "SIGSEGV\\n"', 'stderr = "SIGSEGV"', r'but it wrote "SIGSEGV\\n"'),
    ("exit", SEGV, "exit = 2", "exit = 3", "expected exit: 3, but it exited with status 2"),
    ("exit", SEGV, "exit = 2", 'exit = "SIGSEGV"', "expected exit: SIGSEGV, but it exited with status 2"),
    ("exit", CLOSE, "errno = 9", "exit = 0", "expected exit: 0, but it returned after 12 instructions"),
    ("ending", CLOSE, 'ending = "returned"', 'ending = "fault"', "expected ending: fault, but it returned"),
    ("preserved", CLOBBER, 'preserved = ["rbx", "rsp"]', 'preserved = ["callee-saved"]',
     r"expected r12 to be preserved \(0x5afe0000\w+\), but it is 0x7"),
    ("registers", CLOBBER, "registers.r12 = 7", "registers.r12 = 8", "expected r12 = 8, but it is 7"),
    ("writes", CLOBBER, 'writes = ["p", ".word"]', "writes = []", r"position 2 writes \*p \(0x\w+\)"),
    ("writes", CLOBBER, 'writes = ["p", ".word"]', 'writes = ["p"]', r"position 3 writes \.word \(0x\w+\)"),
    ("writes", CLOBBER, 'writes = ["p", "0x1000+0xffffff"]', 'writes = ["q"]', "'q' is no buffer"),
    ("writes", READ, 'writes = ["a2"]', "writes = []", r"\*a2 \(0x\w+\) has changed"),
    ("memory", READ, 'memory.a2 = "hi\\u0000"', 'memory.a2 = "ho"', 'expected "ho" behind a2, but there is "hi"'),
    ("memory", READ, 'memory.a2 = ""', 'memory.a1 = "ho"', "no argument a1 points to a buffer"),
    ("syscalls", CLOSE, 'syscalls = ["close(*) = -1 EBADF*"]', 'syscalls = ["open(*)"]',
     r"system call 1: expected open\(\*\), but it was close\(99\) = -1 EBADF"),
    ("syscalls", CLOSE, 'syscalls = ["...", "close(99)*"]', 'syscalls = ["close(99)*", "close(99)*"]',
     "system call 2: expected .*, but the run made only 1"),
    ("syscalls", CLOSE, 'syscalls = ["..."]', "syscalls = []", "system call 1: expected no further call"),
    ("signals", SEGV, 'signals = ["SIGSEGV"]', 'signals = ["SIGBUS"]', "expected signal 1 to be SIGBUS"),
    ("signals", SEGV, 'signals = [{ name = "SIGSEGV", handler = "sigtramp" }]', "signals = []", "SIGSEGV came besides"),
    ("signals", SEGV, 'signals = [{ name = "SIGSEGV", si_addr = 0xf1 }]',
     'signals = [{ name = "SIGSEGV", si_addr = 0xf2 }]', "SIGSEGV: expected si_addr = 242, but it is 241"),
    ("signals", SEGV, 'signals = [{ name = "SIGSEGV", si_code = "SEGV_MAPERR" }]',
     'signals = [{ name = "SIGSEGV", si_code = "SEGV_ACCERR" }]', "expected si_code = SEGV_ACCERR, but it is 1"),
    ("signals", SEGV, 'signals = [{ name = "SIGSEGV", fields = { pretcode = "sigreturn" } }]',
     'signals = [{ name = "SIGSEGV", handler = "sigignore" }]', "expected handler sigignore, but it is sigtramp"),
    ("signals", SEGV, 'signals = [{ name = "SIGSEGV", position = "500.." }]',
     'signals = [{ name = "SIGSEGV", position = "..500" }]', r"expected at \.\.500, but it came at"),
    ("signals", SEGV, 'signals = [{ name = "SIGSEGV", alternate_stack = true }]',
     'signals = [{ name = "SIGSEGV", alternate_stack = false }]', "its frame is on the alternate stack"),
    ("signals", SEGV, 'signals = ["SIGSEGV"]', 'signals = ["SIGSEGV", "SIGBUS"]', "SIGBUS, but only 1 came"),
    ("signals", SEGV, 'signals = ["SIGSEGV"]', 'signals = [{ name = "SIGSEGV", fields = { nope = 1 } }]',
     "its frame has no field nope"),
    ("instructions", CLOSE, 'instructions = "10..12"', "instructions = 11", "expected 11 instructions, but 12 retired"),
    ("instructions", CLOSE, 'instructions = "..12"', 'instructions = "13.."', "but 12 retired"),
    ("positions", CLOSE, 'positions = { "close(*)*" = 4 }', 'positions = { "close(*)*" = 5 }', "but it is at 4"),
    ("positions", CLOSE, 'positions = { "close(*)*" = "3..5" }', 'positions = { "open*" = 4 }', "no such event"),
    ("files", TRUNCATE, 'files.a = ""', 'files.a = "x"', r'expected "x" in /w/a, but it holds "" \(0 bytes\)'),
    ("files", TRUNCATE, 'files.a = { size = 0, mode = 0o644, hex = "", directory = false }', "files.a.size = 5",
     "expected /w/a with 5 bytes, but it has 0"),
    ("files", TRUNCATE, "files.b.absent = true", "files.a.absent = true", r"expected no /w/a, .* S_IFREG\|0644"),
    ("files", TRUNCATE, "files.a.mode = 0o644", "files.a.mode = 0o600", "with mode 0o600, but it has 0o644"),
    ("files", TRUNCATE, 'files.l = { link = "a" }', 'files.l = { link = "b" }', "to be a link to 'b', but it is \"a\""),
    ("files", TRUNCATE, "files.d.directory = true", "files.a.directory = true", "to be a directory, but it is S_IFREG"),
    ("files", TRUNCATE, 'files."/w/a" = ""', 'files.b = ""', "expected /w/b, but there is no such file"),
    ("file_changes", TRUNCATE, 'file_changes = ["a"]', "file_changes = []", "/w/a was written"),
    ("file_changes", TRUNCATE, 'file_changes = ["/w/"]', 'file_changes = ["d/", "/w"]', "/w/a was written"),
    ("trace", CLOSE, "errno = 9", 'trace = "missing.trace"', "missing.trace can't be read"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("run", "holds"), [(run, holds) for _, run, holds, _, _ in EXPECTATIONS], ids=[row[2] for row in EXPECTATIONS]
)
def test_an_expectation_holds(verdict: Callable[[str], Verdict], run: str, holds: str):
    done = verdict(f"{run}[expect]\n{holds}\n")
    assert (done.status, list(done.lines)) == (PASSED, [])


@pytest.mark.parametrize(
    ("run", "fails", "message"),
    [(run, fails, message) for _, run, _, fails, message in EXPECTATIONS],
    ids=[row[3] for row in EXPECTATIONS],
)
def test_a_wrong_expectation_fails_at_its_line(
    verdict: Callable[[str], Verdict], run: str, fails: str, message: str
):
    done = verdict(f"{run}\n[expect]\n\n{fails}\n")
    assert done.status == FAILED
    (finding,) = done.findings
    assert re.search(message, finding.message)
    assert finding.line == run.count("\n") + 4
    assert next(done.lines).startswith(f"{done.file}:{finding.line}: ")


def test_each_kind_of_expectation_has_a_seeded_failure():
    assert {kind for kind, *_ in EXPECTATIONS} == {field.name for field in EXPECT.fields}


def test_a_failure_shows_the_trace_around_the_first_difference(verdict: Callable[[str], Verdict]):
    shown = "\n".join(verdict(f"{CLOSE}expect.results.r1 = 0\n").lines)
    assert "the trace around position 7:" in shown
    assert re.search(r"\n +7 .*MOVQ +\$-1, 40\(SP\)", shown)
    assert "close(99) = -1 EBADF (Bad file descriptor)" in shown
    assert re.search(r"\n +1 .*MOVQ", shown)
    assert not re.search(r"\n +0 .*MOVQ", shown)


# What was to happen to a run -----------------------------------------------------------------------


def test_a_run_that_nobody_expects_to_fault_fails(verdict: Callable[[str], Verdict]):
    done = verdict('call = "notok"\n')
    assert done.status == FAILED
    assert "expected it to return, but it ended so: fault at" in done.findings[0].message


def test_the_limit_ends_a_run(verdict: Callable[[str], Verdict]):
    assert verdict(f'{CLOSE}limit = 3\nexpect.ending = "budget"\nexpect.instructions = 3\n').status == PASSED


def test_answers_go_to_the_calls_that_they_name(verdict: Callable[[str], Verdict]):
    text = 'program = "sigchld"\nnext = ["getpid returns 77", "sigaltstack returns 0", "kill returns EPERM"]\n'
    syscalls = '["...", "sigaltstack(*INJECTED)", "...", "getpid() = 77 (INJECTED)", "kill(77, *EPERM*", "..."]'
    assert list(verdict(f"{text}expect.syscalls = {syscalls}\n").findings) == []


def test_an_answer_that_nobody_asked_for_fails_at_its_line(verdict: Callable[[str], Verdict]):
    (finding,) = verdict(f'{CLOSE}next = [\n  "close returns 1",\n  "close returns 2",\n]\n').findings
    assert (finding.line, finding.message) == (5, "close was not called (again): the answer 2 is left over")


def test_a_signal_behind_the_end_fails(verdict: Callable[[str], Verdict]):
    (finding,) = verdict(f'{CLOSE}deliver = ["SIGCHLD at 500"]\n').findings
    assert finding.message == "SIGCHLD at 500 came too late: the run ended at position 12"


def test_a_program_gets_its_arguments_and_environment(tmp_path: Path):
    source = """// dialect: intel
    .globl _start
    _start:
        mov rsi, [rsp+16]
        mov edi, 1
        mov edx, 3
        mov eax, 1
        syscall
        mov rsi, [rsp+32]
        mov edi, 2
        mov edx, 4
        mov eax, 1
        syscall
        mov edi, [rsp]
        mov eax, 60
        syscall
    """
    (tmp_path / "p.s").write_text(source, encoding="utf-8")
    file = tmp_path / "p.ringside.toml"
    file.write_text(
        'source = "p.s"\nprogram = { argv = ["one"], env = { A = "bc" } }\n'
        '[expect]\nstdout = "one"\nstderr = "A=bc"\nexit = 2\n',
        encoding="utf-8",
    )
    (case,) = read(file)
    assert list(judge(case).lines) == []


def test_sources_are_linked_and_slots_counted(tmp_path: Path):
    (tmp_path / "a.s").write_text(
        "TEXT ·f(SB),7,$0\n\tCALL ·helper(SB)\n\tMOVQ 8(SP), AX\n\tADDQ $1, AX\n\tMOVQ AX, 24(SP)\n\tRET\n",
        encoding="utf-8",
    )
    (tmp_path / "b.s").write_text("TEXT ·helper(SB),7,$0\n\tMOVQ $7, BX\n\tRET\n", encoding="utf-8")
    file = tmp_path / "f.ringside.toml"
    file.write_text(
        'dialect = "go2008"\nsource = ["a.s", "b.s"]\n'
        'call = { symbol = "f", arguments = [41, 5], args = 2, results = 1 }\n'
        "[expect]\nresults.r1 = 42\nregisters.rbx = 7\n[[case]]\n[[case]]\n"
        'call = { symbol = "f", arguments = [1, 2, 3], args = 2, results = 1 }\n',
        encoding="utf-8",
    )
    good, bad = (judge(case) for case in read(file))
    assert list(good.lines) == []
    assert "takes 2 arguments" in bad.error
    assert bad.error.startswith(f"{file}:9: ")


def test_an_executable_is_found_beside_the_file(tmp_path: Path):
    from asm.elf import image
    from asm.stubs import find_run, linked

    run = find_run("sigchld", "linux")
    assert run is not None
    (tmp_path / "program").write_bytes(image(linked(run)))
    file = tmp_path / "p.ringside.toml"
    file.write_text('program = "program"\nexpect = { stdout = "survived SIGCHLD\\n", exit = 0 }\n', encoding="utf-8")
    assert [list(judge(case).lines) for case in read(file)] == [[]]


def test_a_routine_may_take_its_own_stack_and_buffers_away(verdict: Callable[[str], Verdict]):
    stack, size = STACK_TOP - STACK_SIZE - 4096, STACK_SIZE + 4096
    done = verdict(
        f'call = "syscall6"\narguments = ["munmap", {stack}, {size}]\n'
        '[expect]\nresults.r1 = 0\nwrites = []\ntrace = "g.trace"\nexit = "SIGSEGV"\n'
    )
    assert done.status == FAILED
    assert [finding.key for finding in done.findings] == ["expect.results.r1", "expect.writes", "expect.trace"]


# Wrong files ----------------------------------------------------------------------------------------

WRONG = [
    ("call = ", 1, "not TOML: Invalid value"),
    ("\n\ncall = 1 2", 3, "Expected newline"),
    ("x = 1\n" + CLOSE, 1, "unknown key 'x'"),
    (f"{CLOSE}expct = {{}}\n", 3, "unknown key 'expct'; did you mean expect?"),
    (f'{CLOSE}[expect]\n\nsignals = [\n  {{ name = "SIGBUS", pos = 1 }},\n]\n', 6, "unknown key 'pos'"),
    (f'{CLOSE}[expect]\nsignals = [\n  "SIGBUS",\n  {{ handler = "x" }},\n]\n', 6, "name is missing"),
    (f"{CLOSE}limit = 0\n", 3, "limit has to be an integer of at least 1, not 0"),
    (f'{CLOSE}system = "plan9"\n', 3, "system has to be one of linux, darwin"),
    (f"{CLOSE}[expect]\nresults.r1 = true\n", 4, "r1 has to be an integer of up to 64 bits or a name"),
    (f'{CLOSE}[expect]\ninstructions = "some"\n', 4, "a range such as 10..20"),
    (f'{CLOSE}deliver = ["SIGCHLD"]\n', 3, "SIGNAL at POSITION"),
    (f'{CLOSE}next = ["close fails"]\n', 3, r"\[CALL\] returns VALUE"),
    ("\n[[case]]\n", 2, "what is to be run?"),
    (f'{CLOSE}program = "sigchld"\n', 1, "either a call or a program, not both"),
    ('program = "sigchld"\n[expect]\nerrno = 0\n', 3, "errno is for a routine"),
    (f'{CLOSE}expect.exit = "returned"\n', 3, r"a signal \(for other ends there is `ending`\), not 'returned'"),
    (f"{CLOSE}[[case]]\nname = 'x'\n[[case]]\n\nname = 'x'\n", 7, "'x' is already another case's name"),
    (f'{CLOSE}[expect]\ntrace = "t"\n[[case]]\n[[case]]\n', 6, "already another case's trace"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), WRONG, ids=[row[2] for row in WRONG])
def test_a_mistake_in_a_file_is_told_with_its_line(
    write: Callable[[str], Path], text: str, line: int, message: str
):
    file = write(text)
    with pytest.raises(ScenarioError) as caught:
        read(file)
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"{file}:{line}: ")
    assert re.search(message, first)


CANNOT_RUN = [
    ('call = "rawsyscal"\n', 1, "did you mean rawsyscall"),
    ('\nprogram = "sigchl"\n', 2, "no program 'sigchl' on linux"),
    ('program = "semaphore"\n', 1, "there is one on darwin"),
    ('source = "none.s"\n\ncall = "f"\n', 3, "none.s"),
    ('source = "clobbers.s"\ncall = "g"\n', 2, "has no routine 'g'"),
    ('call = "rawsyscall"\narguments = [\n"clsoe"]\n', 2, "did you mean close"),
    ('call = "byteptr"\narguments = [1, 2]\n', 2, "takes 1 argument"),
    (f'{CLOSE}deliver = [\n"SIGCHLD at 1",\n"SIGNOPE at 2"]\n', 5, "is no signal of linux"),
    (f'{CLOSE}next = ["clsoe returns 1"]\n', 3, "'clsoe' is no system call of linux; did you mean close"),
    (f'{CLOSE}next = ["close returns ENOPE"]\n', 3, "'ENOPE' can't be answered"),
    (f"{CLOSE}[registers]\neax = 1\n", 4, "'eax' is no register"),
    (f'{CLOSE}expect.preserved = ["rbz"]\n', 3, "'rbz' is no register"),
    (f"{CLOSE}expect.registers.rbz = 1\n", 3, "'rbz' is no register"),
    (f'{CLOSE}[expect]\nerrno = "EFOO"\n', 4, "'EFOO' is no name of linux"),
    (f'{CLOSE}[expect]\nresults.r2 = 0\nresults.r1 = "ENOPE"\n', 5, "'ENOPE' is no name of linux"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), CANNOT_RUN, ids=[row[2] for row in CANNOT_RUN])
def test_what_cannot_be_run_is_told_with_its_line(
    verdict: Callable[[str], Verdict], text: str, line: int, message: str
):
    done = verdict(text)
    assert done.status == ERROR
    assert done.error.startswith(f"{done.file}:{line}: ")
    assert message in done.error


# Cases ----------------------------------------------------------------------------------------------


def test_a_case_comes_before_the_files_defaults(write: Callable[[str], Path]):
    text = (
        'call = "rawsyscall"\nlimit = 5\n[expect]\nerrno = 0\nresults.r1 = 1\n'
        '[[case]]\nlimit = 6\nexpect.errno = 9\n[[case]]\nname = "other"\ncall = "byteptr"\n'
    )
    first, second = read(write(text))
    assert (first.keys["limit"], first.expect) == (6, {"errno": 9, "results": {"r1": 1}})
    assert (first.line("limit"), first.line("expect", "errno"), first.line("expect", "results", "r1")) == (7, 8, 5)
    assert (second.name, second.keys["call"], second.keys["limit"]) == ("other", "byteptr", 5)


def test_several_systems_make_a_case_each_and_equal_names_get_numbers(write: Callable[[str], Path]):
    cases = read(write('system = ["linux", "darwin"]\n' + CLOSE + "[[case]]\n[[case]]\nsystem = 'linux'\n[[case]]\n"))
    assert [case.name for case in cases] == [
        "rawsyscall close 99 on linux (1)",
        "rawsyscall close 99 on darwin (1)",
        "rawsyscall close 99",
        "rawsyscall close 99 on linux (2)",
        "rawsyscall close 99 on darwin (2)",
    ]


# Golden traces --------------------------------------------------------------------------------------


def test_a_golden_trace_is_written_and_holds_then(write: Callable[[str], Path], tmp_path: Path):
    (case,) = read(write(f'{CLOSE}expect.trace = "sub/g.trace"\n'))
    assert judge(case, update=True).written == str(tmp_path / "sub" / "g.trace")
    assert judge(case, update=True).written == ""
    assert judge(case).status == PASSED


@pytest.mark.parametrize("program", ["sigsegv", "sigchld"])
def test_a_golden_trace_of_signals_holds_as_often_as_it_is_looked_at(write: Callable[[str], Path], program: str):
    (case,) = read(write(f'program = "{program}"\nexpect.trace = "g.trace"\n'))
    assert [judge(case, update=True).status, judge(case).status] == [PASSED, PASSED]


def test_a_changed_step_shows_as_a_diff_of_steps(write: Callable[[str], Path], tmp_path: Path):
    (case,) = read(write(f'{CLOBBER}expect.trace = "g.trace"\n'))
    judge(case, update=True)
    source = tmp_path / "clobbers.s"
    source.write_text(CLOBBERS.replace("	MOVB	$1, (AX)", "	CLD\n	MOVB	$2, (AX)"), encoding="utf-8")
    (finding,) = judge(case).findings
    changed = [line for line in finding.details if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert [line.split() for line in changed] == [
        ["-", "MOVB", "$1,", "(AX)", "[*p]", "=", "0x1"],
        ["+", "CLD"],
        ["+", "MOVB", "$2,", "(AX)", "[*p]", "=", "0x2"],
        ["-returned", "after", "6", "instructions"],
        ["+returned", "after", "7", "instructions"],
    ]
    assert finding.line == 4


def test_sigreturns_token_is_darwins(verdict: Callable[[str], Verdict]):
    found = verdict(CLOSE + "sigreturn_token = true\n")
    assert found.status == ERROR
    assert found.error.endswith(":3: linux has no token for sigreturn: that is Darwin's, since 10.14")


# What is shipped ------------------------------------------------------------------------------------


def test_the_published_schema_is_the_formats():
    assert json.loads((ROOT / "emu" / "scenario.schema.json").read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("file", SHIPPED, ids=[file.name for file in SHIPPED])
def test_shipped_scenarios_are_valid_by_the_schema(file: Path, require_module: Callable[..., None]):
    require_module("jsonschema")
    import tomllib

    import jsonschema

    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    assert list(validator.iter_errors(tomllib.loads(file.read_text(encoding="utf-8")))) == []
    assert file.read_text(encoding="utf-8").startswith("#:schema ../../emu/scenario.schema.json\n")


@pytest.mark.parametrize("text", [text for text, _, message in WRONG if "unknown" in message or "has to" in message])
def test_the_schema_refuses_what_the_reader_refuses(text: str, require_module: Callable[..., None]):
    require_module("jsonschema")
    import tomllib

    import jsonschema

    assert not jsonschema.Draft202012Validator(schema()).is_valid(tomllib.loads(text))


def test_shipped_scenarios_cover_every_program_and_are_many():
    cases = [case for file in SHIPPED for case in read(file)]
    programs = {(case.keys["program"], case.system) for case in cases if "program" in case.keys}
    assert programs >= {(run.name, run.system) for run in RUNS}
    assert len(cases) >= 60


def test_shipped_scenarios_cover_every_stub():
    from asm.stubs import STUBS

    called = set()
    for file in SHIPPED:
        for case in read(file):
            given = case.keys.get("call")
            called.add((given["symbol"] if isinstance(given, dict) else given, case.system))
    assert {(stub.name, stub.system) for stub in STUBS} - called == set()


def test_the_readmes_example_passes(write: Callable[[str], Path]):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    verdicts = [judge(case) for case in read(write(example))]
    assert [line for verdict in verdicts for line in verdict.lines] == []
    assert len(verdicts) == 2
