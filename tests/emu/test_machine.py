"""CPU and kernel together: calls are served, time is virtual, machines are independent, guests can't break Python."""

from __future__ import annotations

import gc
import resource
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emu.machine import Machine, Stop
from emu.ram import PAGE
from emu.recorder import Recorder
from kernel_stub import processor
from kernel_stub.cpu import NAMES, Fault, Protection
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.linux.personality import LINUX

CODE, DATA, STACK = 0x400000, 0x600000, 0x7FFF_0000
RW, RX = Protection.READ | Protection.WRITE, Protection.READ | Protection.EXECUTE
DARWIN_CLASS = 0x2000000


@pytest.fixture
def boot(assemble: Any) -> Any:
    """`boot(personality, code)` is a machine at the start of the code, RSI in two pages of data, a stack."""

    def make(personality: Any, code: str | bytes, *, writable_code: bool = False, **options: Any) -> Machine:
        machine = Machine(personality, **options)
        machine.space.map(CODE, 2 * PAGE, RX | Protection.WRITE if writable_code else RX)
        machine.space.map(DATA, 2 * PAGE, RW)
        machine.space.map(STACK - 2 * PAGE, 2 * PAGE, RW)
        machine.space.poke(CODE, assemble(code) if isinstance(code, str) else code)
        registers = machine.cpu.registers
        registers.rip, registers.rsp, registers.rsi = CODE, STACK - 64, DATA
        return machine

    return make


def call(machine: Machine) -> int:
    """Run one system call; RAX."""
    assert machine.run() is Stop.SYSCALL
    return machine.cpu.registers.rax


# Calls


@pytest.mark.parametrize(("personality", "base"), [(LINUX, 0), (DARWIN, DARWIN_CLASS)], ids=["linux", "darwin"])
def test_getpid_is_answered(boot: Any, personality: Any, base: int):
    machine = boot(personality, f"mov eax, {base + personality.resolve('getpid')}; syscall; nop")
    assert call(machine) == machine.kernel.process.pid
    assert (machine.position, machine.cpu.registers.rip) == (2, CODE + 7)


def test_close_of_a_bad_descriptor_is_an_error_in_each_systems_way(boot: Any):
    linux = boot(LINUX, "mov edi, 99; mov eax, 3; stc; syscall")
    assert call(linux) == (1 << 64) - 9
    assert linux.cpu.registers.rflags & 1  # Linux leaves the carry as it was
    darwin = boot(DARWIN, f"mov edi, 99; mov eax, {DARWIN_CLASS + 6}; clc; syscall")
    assert call(darwin) == 9
    assert darwin.cpu.registers.rflags & 1


def test_a_call_reads_guest_memory(boot: Any):
    machine = boot(LINUX, "mov eax, 1; mov edi, 1; mov edx, 5; syscall; mov eax, 1; mov rsi, 0; syscall")
    machine.space.copy_out(DATA, b"hello")
    assert call(machine) == 5
    assert call(machine) == (1 << 64) - 14  # EFAULT
    assert machine.kernel.terminal.output == [(1, b"hello")]


def test_exit_ends_the_process(boot: Any):
    machine = boot(LINUX, "mov eax, 39; syscall; mov eax, 60; mov edi, 7; syscall; jmp .")
    assert machine.run_to_end(100) is Stop.SYSCALL
    assert machine.exited and machine.kernel.process.exit.code == 7
    assert machine.position == 5


def test_a_fault_posts_its_signal(boot: Any):
    machine = boot(LINUX, "mov al, [0]")
    assert (machine.run(), machine.cpu.fault, machine.exited) == (Stop.FAULT, Fault(14, 4, 0), True)
    assert machine.kernel.process.exit.signal == "SIGSEGV"


# Stops


def test_a_budget_ends_the_run_exactly(boot: Any):
    machine = boot(LINUX, "again: inc rax; cpuid; rdtsc; jmp again")
    for budget in (1, 2, 3, 7, 100):
        before = machine.position
        assert (machine.run(budget), machine.position - before) == (Stop.LIMIT, budget)


def test_a_budget_spans_system_calls_in_run_to_end(boot: Any):
    machine = boot(LINUX, "again: mov eax, 39; syscall; jmp again")
    assert (machine.run_to_end(100), machine.position) == (Stop.LIMIT, 100)


def test_step_is_one_instruction_also_for_what_the_kernel_answers(boot: Any):
    machine = boot(LINUX, "nop; cpuid; rdtsc; rdtscp; mov eax, 39; syscall; int3")
    stops = []
    for position in range(1, 7):
        stops.append(machine.step())
        assert machine.position == position
    assert stops == [Stop.LIMIT] * 5 + [Stop.SYSCALL]


def test_the_exit_address_ends_the_run(boot: Any):
    machine = boot(LINUX, "mov eax, 39; syscall; nop; nop; nop")
    machine.cpu.exit_address = CODE + 9
    assert (machine.run_to_end(100), machine.position) == (Stop.EXIT, 4)


def test_a_recorded_trap_waits_for_its_answer(boot: Any):
    machine, recorder = boot(LINUX, "mov eax, 39; syscall"), Recorder()
    assert machine.record(recorder, 100) is Stop.SYSCALL
    assert machine.cpu.registers.rax == 39
    machine.answer(Stop.SYSCALL)
    assert machine.cpu.registers.rax == machine.kernel.process.pid
    assert recorder.count == 2


# The processor that a guest sees


def test_cpuid_answers_come_from_the_table_in_all_leaves(boot: Any):
    machine = boot(LINUX, "again: cpuid; syscall; jmp again")
    registers = machine.cpu.registers
    for leaf in (0, 1, 2, 4, 7, 0xB, 0xD, 0x14, 0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0008, 0x4000_0000):
        for subleaf in (0, 1, 2):
            registers.rip, registers.rax, registers.rcx = CODE, leaf, subleaf
            assert machine.cpu.run(2) == 4
            machine.answer(Stop.CPUID)
            seen = (registers.rax, registers.rbx, registers.rcx, registers.rdx)
            assert seen == processor.cpuid(leaf, subleaf)


def test_cpuid_looks_at_the_low_halves_and_clears_the_high_ones(boot: Any):
    machine = boot(LINUX, "mov rax, 0x1234500000000; mov rcx, rax; mov rbx, rax; mov rdx, rax; cpuid; int3")
    machine.run()
    registers = machine.cpu.registers
    assert (registers.rax, registers.rbx, registers.rcx, registers.rdx) == processor.cpuid(0, 0)


# Instructions of what CPUID may claim: (bit of leaf 1's ECX or EDX, an instruction of it)
ECX_FEATURES = {
    0: "haddps xmm0, xmm1", 1: "pclmulqdq xmm0, xmm1, 0", 9: "pshufb xmm0, xmm1", 13: "cmpxchg16b [rsi]",
    19: "blendps xmm0, xmm1, 1", 20: "crc32 eax, ecx; pcmpistri xmm0, xmm1, 0; pcmpgtq xmm0, xmm1",
    22: "movbe eax, [rsi]", 23: "popcnt eax, ecx", 25: "aesenc xmm0, xmm1; aeskeygenassist xmm0, xmm1, 1",
    26: "mov eax, 3; xor edx, edx; xsave [rsi]; xrstor [rsi]", 27: "xor ecx, ecx; xgetbv",
    28: "vaddps ymm0, ymm1, ymm2", 30: "rdrand eax",
}  # fmt: skip
EDX_FEATURES = {
    0: "fld1; fstp st(0)", 4: "rdtsc", 8: "cmpxchg8b [rsi]", 11: "sysenter", 15: "cmovz eax, ebx", 19: "clflush [rsi]",
    23: "paddb mm0, mm1; emms", 24: "fxsave [rsi]; fxrstor [rsi]", 25: "addps xmm0, xmm1",
    26: "addpd xmm0, xmm1; mfence",
}  # fmt: skip
EXTENDED_FEATURES = {11: "syscall", 27: "rdtscp"}
LEAF_7 = ("andn eax, ebx, ecx", "mulx eax, ebx, ecx", "rdseed eax", "adcx eax, ebx", "clflushopt [rsi]", "clwb [rsi]")


def runs(boot: Any, code: str) -> bool:
    machine = boot(LINUX, f"{code}; mov eax, 60; syscall")
    machine.run_to_end(100)
    return machine.exited and machine.kernel.process.exit.code is not None


@pytest.mark.parametrize(
    ("leaf", "word", "features"), [(1, 2, ECX_FEATURES), (1, 3, EDX_FEATURES), (0x8000_0001, 3, EXTENDED_FEATURES)]
)
def test_what_cpuid_claims_runs_and_what_it_denies_does_not(boot: Any, leaf: int, word: int, features: dict[int, str]):
    claims = processor.cpuid(leaf, 0)[word]
    for bit, code in features.items():
        assert runs(boot, code) == bool(claims >> bit & 1), code


@pytest.mark.parametrize("code", LEAF_7)
def test_leaf_7_is_empty_and_its_instructions_are_undefined(boot: Any, code: str):
    assert processor.cpuid(7, 0) == (0, 0, 0, 0)
    assert not runs(boot, code)


@pytest.mark.parametrize("code", ["xsaveopt [rsi]", "rdfsbase rax", "xgetbv"])
def test_instructions_that_need_what_nobody_claims(boot: Any, code: str):
    """XGETBV with ECX=1 needs leaf 0xD's subleaf 1; FSGSBASE leaf 7. XSAVEOPT runs unclaimed: no harm."""
    assert runs(boot, f"mov ecx, 1; {code}") == (code == "xsaveopt [rsi]")


def test_xsave_fills_no_more_than_cpuid_says(boot: Any):
    size = processor.cpuid(0xD, 0)[2]
    machine = boot(LINUX, "mov eax, -1; mov edx, -1; xsave [rsi]; mov eax, 60; syscall")
    machine.space.copy_out(DATA, b"\xaa" * PAGE)
    machine.space.copy_out(DATA + 512, bytes(64))
    machine.run_to_end(100)
    area = machine.space.copy_in(DATA, PAGE)
    assert area[size:] == b"\xaa" * (PAGE - size)
    assert struct.unpack_from("<Q", area, 512)[0] & ~3 == 0  # XSTATE_BV: x87 and SSE
    assert struct.unpack_from("<HxxxxxxxxxxxxxxxxxxxxxxI", area) == (0x37F, 0x1F80)  # FCW, MXCSR


def test_time_ticks_with_instructions_and_runs_are_equal(boot: Any):
    def run() -> tuple[list[int], tuple[int, ...]]:
        machine = boot(LINUX, "again: rdtsc; mov rbx, rax; rdtscp; cpuid; nop; mov eax, 39; syscall; jmp again")
        seen = []
        for _ in range(20):
            machine.run()
            seen.append(machine.cpu.registers.rbx)
        return seen, tuple(machine.cpu.registers.values)

    (first, end), again = run(), run()
    assert (first, end) == again


def test_the_time_stamp_counter_is_the_position(boot: Any):
    machine = boot(LINUX, "nop; nop; rdtsc; mov rbx, rax; rdtscp; int3")
    machine.run()
    assert (machine.cpu.registers.rbx, machine.cpu.registers.rax, machine.cpu.registers.rcx) == (2, 4, 0)


# Many machines


def test_two_machines_in_one_process_do_not_disturb_each_other(boot: Any):
    linux, darwin = boot(LINUX, "again: mov eax, 39; syscall; jmp again"), boot(DARWIN, "again: inc rbx; jmp again")
    alone = boot(LINUX, "again: mov eax, 39; syscall; jmp again")
    for turn in range(1, 30):
        assert linux.run() is Stop.SYSCALL
        assert darwin.run(turn) is Stop.LIMIT
        alone.run()
        assert linux.cpu.registers == alone.cpu.registers and linux.position == alone.position
    assert darwin.position == sum(range(1, 30))


def test_many_machines_leave_nothing_behind(boot: Any):
    def use(count: int) -> None:
        for _ in range(count):
            assert call(boot(LINUX, "mov eax, 39; syscall")) > 0
        gc.collect()

    use(20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    use(200)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 40 << 10, f"{grown} KiB more"


def test_full_ram_is_a_clear_error(boot: Any):
    machine = boot(LINUX, "nop", ram_size=1 << 20)
    with pytest.raises(MemoryError, match="guest RAM of 1 MiB is full"):
        machine.space.map(0x1000_0000, 2 << 20, RW)
    assert machine.run(1) is Stop.LIMIT


def test_too_little_ram_for_a_machine_is_a_clear_error():
    with pytest.raises(MemoryError, match="guest RAM"):
        Machine(LINUX, ram_size=4 * PAGE)


# Whatever the guest does

INTERESTING = (
    b"\x0f\x05", b"\xcc", b"\xf3\xa4", b"\x9d", b"\x0f\x31", b"\x0f\x01\xf9", b"\x0f\xa2", b"\xeb\xfe", b"\xe2\xfe",
    b"\xcd\x80", b"\xcd\x06", b"\xec", b"\xef", b"\xc3", b"\xff\xe0", b"\xff\xd0", b"\x48\xcf", b"\x48\xcb",
    b"\x8e\xd0", b"\xf3\x48\xab", b"\x6c", b"\xf3\x6e", b"\x0f\x01\xd0", b"\xf0", b"\x8e\xe0", b"\xff\x2e", b"\x0f\x34",
    b"\xf1", b"\x66" * 15, b"\x0f\x0b", b"\xc4\xe2\x78\x13", b"\x67\xf3\xa4", b"\xd9\xee", b"\x0f\xae\x06", b"\x0f\xc7",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from((0, 1, 5, 60, CODE, CODE + 1, DATA, STACK - 8, 1 << 47, 1 << 63, (1 << 64) - 1, DARWIN_CLASS + 1)),
    st.integers(0, (1 << 64) - 1),
)
CODES = st.lists(st.one_of(st.binary(min_size=1, max_size=6), st.sampled_from(INTERESTING)), max_size=10)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    code=CODES.map(b"".join),
    personality=st.sampled_from((LINUX, DARWIN)),
    registers=st.dictionaries(st.sampled_from(NAMES[:16]), VALUES),
    flags=st.sampled_from((0x202, 0x302, 0x602, 0x40202)),
    budgets=st.lists(st.sampled_from((1, 2, 50)), min_size=1, max_size=8),
    writable_code=st.booleans(),
    native=st.booleans(),
)
def test_no_guest_makes_python_raise(
    boot: Any, code: bytes, personality: Any, registers: dict[str, int], flags: int, budgets: list[int],
    writable_code: bool, native: bool,
):  # fmt: skip
    code = code.ljust(16, b"\x90")
    machine = boot(personality, code, ram_size=4 << 20, writable_code=writable_code, native_callbacks=native)
    for name, value in registers.items():
        machine.cpu.registers.values[NAMES.index(name)] = value
    machine.cpu.registers.rflags = flags
    for budget in budgets:
        before = machine.position
        stop = machine.run(budget)
        assert isinstance(stop, Stop)
        assert before <= machine.position <= before + budget
