"""What user mode may do, which exception it gets for what it may not, and what its registers look like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emu.cpu import Stop
from emu.mmu import KERNEL_BASE
from emu.ram import PAGE
from kernel_stub.cpu import Fault, Protection
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.linux.personality import LINUX

NOWHERE = 1 << 63  # not canonical
TRAP, RESUME = 0x100, 0x10000  # RFLAGS.TF, RF

DIVIDE, DEBUG, BREAKPOINT, OVERFLOW, UNDEFINED, STACK, PROTECTION = 0, 1, 3, 4, 6, 12, 13


# Ring 3


@pytest.mark.parametrize(
    "code",
    [
        "cli", "sti", "hlt", "rdmsr", "wrmsr", "mov cr0, rax", "mov rax, cr0", "mov rax, cr3", "mov rax, cr8",
        "mov dr0, rax", "mov rax, dr7", "lgdt [rsi]", "lidt [rsi]", "ltr ax", "lldt ax", "lmsw ax", "clts", "invd",
        "wbinvd", "invlpg [rsi]", "swapgs", "sysretq", "iretq", "retf", "xor ecx, ecx; xsetbv", "rdpmc",
        "in al, dx", "in ax, dx", "in eax, 0x10", "out dx, al", "out dx, eax", "out 0x80, al",
        "insb", "insd", "outsb", "outsw", "mov ecx, 3; rep insb", "mov ecx, 3; rep outsb", ".byte 0x66, 0xec",
        "mov ecx, 2; xgetbv",
    ],
)  # fmt: skip
def test_a_privileged_instruction_is_a_protection_fault_that_changes_nothing(guest: Callable[..., Any], code: str):
    machine = guest(f"{code}; nop").start(rdx=0x3F8, rax=0x1234)
    before_last = code.count(";")
    assert before_last == 0 or machine.run(before_last) is Stop.LIMIT
    before = machine.state()
    assert machine.fault() == Fault(PROTECTION)
    assert machine.state() == before | {"rflags": before["rflags"] | RESUME}
    assert machine.retired == before_last


@pytest.mark.parametrize("code", ["insb", "outsb", "mov ecx, 2; rep insd", "mov ecx, 2; rep outsd"])
def test_string_input_and_output_lack_the_privilege_before_they_lack_the_page(guest: Callable[..., Any], code: str):
    machine = guest(code).start(rsi=0x5000_0000, rdi=0x5000_0000)
    assert machine.fault() == Fault(PROTECTION)
    assert (machine.registers.rsi, machine.registers.rdi) == (0x5000_0000, 0x5000_0000)
    assert machine.retired == code.count(";")


@pytest.mark.parametrize(
    "code", ["ud2", "sysenter", "rsm", "monitor", "mwait", ".byte 0xf0, 0x90", ".byte 0x06", "rdfsbase rax"]
)
def test_an_undefined_instruction_is_that_fault(guest: Callable[..., Any], code: str):
    machine = guest(code)
    assert (machine.fault(), machine.at, machine.retired) == (Fault(UNDEFINED), 0, 0)


def test_an_instruction_of_sixteen_bytes_is_a_protection_fault(guest: Callable[..., Any]):
    assert guest(b"\x66" * 14 + b"\x90\x0f\x05").run() is Stop.SYSCALL
    machine = guest(b"\x66" * 15 + b"\x90")
    assert (machine.fault(), machine.at, machine.retired) == (Fault(PROTECTION), 0, 0)


@pytest.mark.parametrize("code", ["xor ecx, ecx; div ecx", "mov eax, 0x80000000; cdq; mov ecx, -1; idiv ecx"])
def test_a_divide_error_is_reported_at_the_division(guest: Callable[..., Any], code: str):
    machine = guest(code)
    assert machine.fault() == Fault(DIVIDE)
    assert (machine.at, machine.retired) == (len(machine.code) - 2, code.count(";"))


@pytest.mark.parametrize(
    ("code", "fault", "at", "retired"),
    [
        ("int3", Fault(BREAKPOINT), 1, 1),
        (".byte 0xcd, 3", Fault(BREAKPOINT), 2, 1),
        ("int 4", Fault(OVERFLOW), 2, 1),
        ("int1", Fault(DEBUG), 1, 1),
        (".byte 0x66, 0xcd, 3", Fault(BREAKPOINT), 3, 1),
        (".byte 0x66, 0xf1", Fault(DEBUG), 2, 1),
        *((f"int {n}", Fault(PROTECTION, n * 8 + 2), 0, 0) for n in (0, 1, 2, 5, 6, 8, 13, 14, 0x20, 0x80, 0xFF)),
        (".byte 0x66, 0xcd, 0x80", Fault(PROTECTION, 0x402), 0, 0),
    ],
)
def test_software_interrupts_trap_behind_or_fault_at_the_instruction(
    guest: Callable[..., Any], code: str, fault: Fault, at: int, retired: int
):
    machine = guest(code)
    assert (machine.fault(), machine.at, machine.retired) == (fault, at, retired)


def test_other_gates_can_be_opened(guest: Callable[..., Any]):
    machine = guest("int 0x80", user_gates=frozenset((0x80,)))
    assert (machine.fault(), machine.at, machine.registers.rflags & RESUME) == (Fault(0x80), 2, 0)


@pytest.mark.parametrize(
    "code",
    [
        "push rax", "pop rax", "pushfq", "call rax", "ret",
        "mov eax, [rsp]", "mov [rsp + 8], eax", "mov al, ds:[rsp + 8]",
    ],
)  # fmt: skip
def test_a_non_canonical_stack_is_a_stack_fault(guest: Callable[..., Any], code: str):
    assert guest(code).start(rsp=NOWHERE, rax=0x400000).fault() == Fault(STACK)


@pytest.mark.parametrize(
    ("code", "vector"),
    [
        ("mov eax, [rbp]", STACK), ("leave", STACK), ("mov eax, [rbp + rcx*2]", STACK), ("push qword ptr [rbp]", STACK),
        ("mov eax, fs:[rbp]", PROTECTION), ("mov eax, [rbx]", PROTECTION), ("mov eax, [rcx + rbp]", PROTECTION),
        ("push qword ptr [rbx]", PROTECTION), ("mov eax, [r13]", PROTECTION), ("mov eax, [r12]", PROTECTION),
    ],
)  # fmt: skip
def test_the_base_register_decides_between_stack_and_protection_fault(
    guest: Callable[..., Any], code: str, vector: int
):
    machine = guest(code).start(rbp=NOWHERE, rbx=NOWHERE, rcx=0, r12=NOWHERE, r13=NOWHERE)
    assert (machine.fault(), machine.at) == (Fault(vector), 0)


@pytest.mark.parametrize(
    "code", ["jmp rax", "call rax", "push rax; ret", "push rax; ret 16", "push rax; jmp [rsp]", "push rax; call [rsp]"]
)
@pytest.mark.parametrize("target", [NOWHERE, 1 << 47])
def test_a_branch_to_a_non_canonical_address_faults_at_the_branch(guest: Callable[..., Any], code: str, target: int):
    """As the host's processor (AMD) and Intel's manual have it: nothing is pushed, nothing popped."""
    machine, pushes = guest(code).start(rax=target), code.count(";")
    assert machine.fault() == Fault(PROTECTION)
    assert (machine.at, machine.retired) == (pushes, pushes)
    assert machine.registers.rsp == guest.STACK - 64 - 8 * pushes


def test_a_start_at_a_non_canonical_address_faults_there(guest: Callable[..., Any]):
    for address in (NOWHERE, (1 << 64) - 1, KERNEL_BASE - 1):
        machine = guest("nop").start(rip=address)
        for _ in range(3):
            assert machine.fault().vector in (PROTECTION, 14)
            assert (machine.registers.rip, machine.retired) == (address, 0)


# What user code sees of itself


@pytest.mark.parametrize("personality", [LINUX, DARWIN], ids=["linux", "darwin"])
def test_registers_at_the_start_are_those_of_a_real_process(guest: Callable[..., Any], personality: Any):
    machine = guest(
        "pushfq; pop rax; mov ebx, cs; mov ecx, ss; mov edx, ds; "
        "stmxcsr [rsi]; fnstcw [rsi + 4]; fnstsw [rsi + 6]; int3",
        selectors=(personality.user_cs, personality.user_ss),
    )
    assert machine.fault() == Fault(BREAKPOINT)
    seen = machine.registers
    assert (seen.rax, seen.rbx, seen.rcx, seen.rdx) == (0x202, personality.user_cs, personality.user_ss, 0)
    assert machine.space.copy_in(guest.DATA, 8) == bytes.fromhex("801f0000 7f03 0000")
    assert (seen.cs, seen.ss, seen.rflags) == (personality.user_cs, personality.user_ss, 0x202)


def test_both_personalities_have_their_selectors():
    assert [(p.user_cs, p.user_ss) for p in (LINUX, DARWIN)] == [(0x33, 0x2B), (0x2B, 0x23)]


def test_popfq_can_not_change_the_interrupt_flag_and_the_io_privilege(guest: Callable[..., Any]):
    machine = guest("push 0x3000; popfq; pushfq; pop rax; syscall")
    machine.run()
    assert machine.registers.rax == 0x202


def test_smsw_shows_linux_control_register(guest: Callable[..., Any]):
    machine = guest("smsw eax; syscall")
    machine.run()
    assert machine.registers.rax == 0x80050033


def test_xgetbv_answers_x87_and_sse(guest: Callable[..., Any]):
    machine = guest("xor ecx, ecx; xgetbv; syscall")
    machine.run()
    assert (machine.registers.rax, machine.registers.rdx) == (3, 0)


def test_syscall_leaves_rip_in_rcx_and_rflags_in_r11(guest: Callable[..., Any]):
    machine = guest("stc; std; syscall").start(rcx=1, r11=2)
    assert machine.run() is Stop.SYSCALL
    registers = machine.registers
    assert (registers.rcx, registers.r11, machine.at) == (registers.rip, 0x603, len(machine.code))
    assert registers.rflags == 0x603
    assert machine.retired == 3


def test_fs_and_gs_bases_are_part_of_the_registers(guest: Callable[..., Any]):
    machine = guest("mov rax, fs:[8]; mov rbx, gs:[8]; syscall")
    machine.space.copy_out(guest.DATA + 8, (5).to_bytes(8, "little") + (6).to_bytes(8, "little"))
    assert machine.start(fs_base=guest.DATA, gs_base=guest.DATA + 8).run() is Stop.SYSCALL
    assert (machine.registers.rax, machine.registers.rbx) == (5, 6)


def test_every_general_register_goes_in_and_comes_out(guest: Callable[..., Any]):
    names = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", *(f"r{n}" for n in range(8, 16)))
    machine = guest("; ".join(f"lea {name}, [{name} + {i + 1}]" for i, name in enumerate(names)) + "; int3")
    machine.start(**{name: (i + 1) << 40 for i, name in enumerate(names)})
    assert machine.fault() == Fault(BREAKPOINT)
    assert {n: machine.state()[n] for n in names} == {n: ((i + 1) << 40) + i + 1 for i, n in enumerate(names)}


# RFLAGS


def test_a_fault_sets_the_resume_flag_and_the_next_run_drops_it(guest: Callable[..., Any]):
    machine = guest("mov al, [rbx]; pushfq; pop rax; syscall")
    assert machine.fault() == Fault(14, 4, 0)
    assert machine.registers.rflags == 0x202 | RESUME
    assert machine.start(rbx=guest.DATA).run(1) is Stop.LIMIT
    assert machine.registers.rflags == 0x202
    machine.run()
    assert machine.registers.rax == 0x202


@pytest.mark.parametrize("code", ["int3", "int 4", "int1"])
def test_a_trap_leaves_the_resume_flag_alone(guest: Callable[..., Any], code: str):
    machine = guest(code)
    machine.fault()
    assert machine.registers.rflags == 0x202


def test_the_trap_flag_stops_after_each_instruction(guest: Callable[..., Any]):
    machine = guest("nop; nop; mov ecx, 2; rep movsb; jmp done; done: nop").start(rflags=0x202 | TRAP)
    seen = []
    for _ in range(7):
        assert machine.fault() == Fault(DEBUG)
        seen.append((machine.at, machine.retired))
    assert seen == [(1, 1), (2, 2), (7, 3), (7, 4), (9, 5), (11, 6), (12, 7)]


def test_the_trap_flag_counts_a_jump_to_itself(guest: Callable[..., Any]):
    machine = guest("again: jmp again").start(rflags=0x202 | TRAP)
    for n in range(1, 5):
        assert machine.fault() == Fault(DEBUG)
        assert (machine.at, machine.retired) == (0, n)


def test_popfq_that_sets_the_trap_flag_traps_after_the_next_instruction(guest: Callable[..., Any]):
    machine = guest("push 0x302; popfq; nop; nop")
    assert machine.fault() == Fault(DEBUG)
    assert (machine.at, machine.retired) == (len(machine.code) - 1, 3)


# One fault after another


def test_a_thousand_divisions_by_zero_never_become_a_double_fault(guest: Callable[..., Any]):
    machine = guest("div ecx")
    assert {machine.fault() for _ in range(1000)} == {Fault(DIVIDE)}
    assert (machine.retired, machine.at) == (0, 0)


def test_a_thousand_page_faults_each_tell_their_address(guest: Callable[..., Any]):
    machine = guest("mov al, [rbx]; mov [rbx], al")
    for n in range(1000):
        address, writing = 0x7000_0000 + 4097 * n, n % 2
        machine.start(rip=guest.CODE + 2 * writing, rbx=address)
        assert machine.fault() == Fault(14, 4 | 2 * writing, address)


def test_a_thousand_mixed_faults_are_each_the_right_one(guest: Callable[..., Any]):
    kinds = [
        ("div ecx", Fault(DIVIDE)),
        ("mov al, [rbx]", Fault(14, 4, 0x5000_0000)),
        ("ud2", Fault(UNDEFINED)),
        ("hlt", Fault(PROTECTION)),
        ("mov [rip], al", None),
        ("int 0x21", Fault(PROTECTION, 0x10A)),
        ("in al, dx", Fault(PROTECTION)),
        ("jmp rbx", Fault(14, 0x14, 0x5000_0000)),
        ("mov ss, ebp", Fault(PROTECTION, 0x38)),
        ("push qword ptr [r12]", Fault(STACK)),
        ("jmp r12", Fault(PROTECTION)),
        ("int3", Fault(BREAKPOINT)),
    ]
    machine = guest("; ".join(code for code, _ in kinds) + "; mov rsp, r12")
    starts, at = [], 0
    for code, _ in kinds:
        starts.append(at)
        at += len(guest(code).code)
    kinds[4] = ("", Fault(14, 7, guest.CODE + starts[5]))
    kinds[9] = ("", Fault(PROTECTION))
    for n in range(1000):
        which = n * 7 % len(kinds)
        machine.start(rip=guest.CODE + starts[which], rbx=0x5000_0000, rbp=0x3B, r12=NOWHERE, rsp=guest.STACK - 64)
        assert machine.fault() == kinds[which][1], (n, which)


def test_a_fault_that_is_mended_lets_the_program_go_on(guest: Callable[..., Any]):
    machine = guest("mov rax, [rbx]; mov rbx, rax; mov ecx, 5; div ecx; syscall").start(rbx=0x900_0000)
    assert machine.fault() == Fault(14, 4, 0x900_0000)
    machine.space.map(0x900_0000, PAGE, Protection.READ)
    assert machine.run() is Stop.SYSCALL
    assert machine.retired == 5


# Stops


def test_a_limit_stops_before_the_instruction_and_goes_on_from_there(guest: Callable[..., Any]):
    machine = guest("nop; nop; nop; syscall")
    for n in range(1, 4):
        assert (machine.run(1), machine.at, machine.retired) == (Stop.LIMIT, n, n)
    assert (machine.run(1), machine.retired) == (Stop.SYSCALL, 4)


def test_a_limit_of_nothing_runs_nothing(guest: Callable[..., Any]):
    machine = guest("nop")
    assert (machine.run(0), machine.at, machine.retired) == (Stop.LIMIT, 0, 0)


def test_the_limit_comes_before_the_next_instructions_fetch_fault(guest: Callable[..., Any]):
    machine = guest("jmp rbx").start(rbx=0x5000_0000)
    assert (machine.run(1), machine.registers.rip, machine.retired) == (Stop.LIMIT, 0x5000_0000, 1)
    assert (machine.fault(1), machine.retired) == (Fault(14, 0x14, 0x5000_0000), 1)


@pytest.mark.parametrize("mapped", [True, False], ids=["mapped", "unmapped"])
def test_the_exit_address_ends_a_run_without_a_trap(guest: Callable[..., Any], mapped: bool):
    machine = guest("nop; jmp rbx").start(rbx=0x500000)
    if mapped:
        machine.space.map(0x500000, PAGE, Protection.READ | Protection.EXECUTE)
    machine.cpu.exit_address = 0x500000
    for _ in range(3):
        assert (machine.run(10), machine.registers.rip, machine.retired) == (Stop.EXIT, 0x500000, 2)


@pytest.mark.parametrize(
    ("code", "stop", "fault"),
    [
        ("syscall", Stop.SYSCALL, Fault(0)), ("int3", Stop.FAULT, Fault(BREAKPOINT)),
        ("ud2", Stop.FAULT, Fault(UNDEFINED)), ("mov al, [rbx]", Stop.FAULT, Fault(14, 4, 0)),
        ("in al, dx", Stop.FAULT, Fault(PROTECTION)),
        ("rdtsc", Stop.RDTSC, Fault(0)), ("cpuid", Stop.CPUID, Fault(0)), ("div ecx", Stop.FAULT, Fault(DIVIDE)),
    ],
)  # fmt: skip
def test_an_unmapped_exit_address_disturbs_no_other_stop(
    guest: Callable[..., Any], code: str, stop: Stop, fault: Fault
):
    machine = guest(f"nop; {code}; nop; syscall")
    machine.cpu.exit_address = 0x700000
    assert (machine.run(), machine.cpu.fault) == (stop, fault)
    if stop in (Stop.SYSCALL, Stop.CPUID):
        assert machine.run() is Stop.SYSCALL


def test_a_run_that_starts_at_the_exit_address_is_over(guest: Callable[..., Any]):
    machine = guest("nop; syscall")
    machine.cpu.exit_address = guest.CODE
    assert (machine.run(), machine.retired) == (Stop.EXIT, 0)
    machine.cpu.exit_address = None
    assert machine.run() is Stop.SYSCALL


@pytest.mark.parametrize("code", ["cpuid", ".byte 0x66; cpuid"])
def test_cpuid_stops_behind_itself_with_nothing_answered(guest: Callable[..., Any], code: str):
    machine = guest(f"mov eax, 1; mov ecx, 2; {code}").start(rbx=3, rdx=4)
    assert machine.run() is Stop.CPUID
    registers = machine.registers
    assert (registers.rax, registers.rbx, registers.rcx, registers.rdx) == (1, 3, 2, 4)
    assert (machine.at, machine.retired) == (len(machine.code), 3)


@pytest.mark.parametrize(
    ("code", "rcx"), [("rdtsc", 9), ("rdtscp", 0), (".byte 0x66, 0x0f, 0x31", 9), (".byte 0xf3, 0x0f, 1, 0xf9", 0)]
)
def test_rdtsc_waits_for_its_answer_and_counts_when_it_has_it(guest: Callable[..., Any], code: str, rcx: int):
    machine = guest(f"{code}; syscall").start(rcx=9, rax=1, rdx=2)
    assert (machine.run(), machine.at, machine.retired) == (Stop.RDTSC, 0, 0)
    machine.cpu.finish_rdtsc(0x1_2345_6789)
    registers = machine.registers
    assert (registers.rax, registers.rdx, registers.rcx) == (0x2345_6789, 1, rcx)
    assert (machine.at, machine.retired) == (len(machine.code) - 2, 1)
    assert (machine.run(), machine.retired) == (Stop.SYSCALL, 2)
