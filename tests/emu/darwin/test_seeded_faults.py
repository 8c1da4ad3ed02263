"""Each group of rules broken on purpose, one rule at a time: the program that pins it must notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from emu.machine import Machine
from kernel_stub import signals
from kernel_stub.cpu import MASK64, Registers
from kernel_stub.darwin import (
    abi,
    altstack,
    closing,
    faults,
    sending,
    siginfo,
    signal_calls,
    signal_frame,
    sigreturn,
    threads,
)
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.mach import semaphores
from kernel_stub.process import Process, Thread
from kernel_stub.signals import Action, SigInfo, SignalRules
from tests.emu.darwin.running import boot, run
from tests.emu.darwin.sources import rules

Patch = pytest.MonkeyPatch
Break = Callable[[Patch, Machine], None]
BY_NAME = {rule.source.name: rule for rule in rules()}


def value(module: object, name: str, wrong: object) -> Break:
    """A constant or function of the kernel is another."""

    def apply(patch: Patch, machine: Machine) -> None:
        patch.setattr(module, name, wrong)

    return apply


def constant(module: object, name: str, wrong: str) -> Break:
    """One constant is taken for another, in one module."""
    return value(module, "CONSTANTS", {**CONSTANTS, name: CONSTANTS[wrong]})


def system(**wrong: object) -> Break:
    """The personality's signal rules or its functions are others."""

    def apply(patch: Patch, machine: Machine) -> None:
        personality = machine.kernel.personality
        own = {name: new for name, new in wrong.items() if hasattr(personality, name)}
        told = {name: new for name, new in wrong.items() if name not in own}
        machine.kernel.personality = replace(personality, rules=replace(personality.rules, **told), **own)

    return apply


def exception(vector: int, signal: str) -> Break:
    """A processor exception is another signal."""

    def apply(patch: Patch, machine: Machine) -> None:
        patch.setitem(abi.FAULT_SIGNALS, vector, signal)

    return apply


frame_place, signals_take, signals_entered = signal_frame.place, signals.take, signals.entered
sending_send, abi_restart, abi_set_result, mark = sending.send, abi.restart, abi.set_result, altstack.mark


def not_as_after_a_call(thread: Thread, rsp: int, on_stack: bool) -> tuple[int, int, bool]:
    lowest, frame, switch = frame_place(thread, rsp, on_stack)
    return lowest, frame + 8, switch


def never_left(thread: Thread, on: bool) -> None:
    mark(thread, True)


def always_again(registers: Registers, cut: object, action: Action | None) -> bool:
    return abi_restart(registers, cut, None)  # type: ignore[arg-type]


def one_result(registers: Registers, value: int, second: int) -> None:
    abi_set_result(registers, value, 0)


def without_mask(thread: Thread, signal: int, action: Action, given: SignalRules) -> None:
    signals_entered(thread, signal, action._replace(mask=0), given)


def highest_first(process: Process, thread: Thread, given: SignalRules) -> SigInfo | None:
    waiting = thread.pending.set & ~thread.blocked
    return thread.pending.collect(waiting.bit_length()) if waiting else signals_take(process, thread, given)


def first_thread(process: Process, bit: int) -> Thread:
    return process.threads[0]


@dataclass(frozen=True, slots=True)
class Seed:
    """A rule of `group` broken, and the program that shows it."""

    group: str
    program: str
    fault: Break


SEEDS = {
    "no red zone": Seed("frame", "red_zone", value(signal_frame, "RED_ZONE", 0)),
    "RSP a multiple of 16": Seed("frame", "entry_alignment", value(signal_frame, "place", not_as_after_a_call)),
    "every handler UC_FLAVOR": Seed("frame", "entry_infostyle_trad", value(signal_frame, "UC_TRAD", 30)),
    "DF stays set": Seed("frame", "entry_flags", value(signal_frame, "EFL_USER_SET", 0x602)),
    "calls not marked": Seed("frame", "mcontext_of_a_call", value(signal_frame, "SYSCALL_CS", 0x2B)),
    "calls not told": Seed("frame", "mcontext_of_a_call", value(signal_frame, "T_SYSCALL", 0)),
    "all frames a call's": Seed("frame", "mcontext_of_the_second", value(signal_frame, "SYSCALL_SIZE", MASK64)),
    "SIGSEGV for a bad frame": Seed("frame", "bad_frame", system(bad_frame=11)),
    "a bad frame's SIGILL can be caught": Seed("frame", "bad_frame_caught", system(bad_frame_kills=False)),
    "the alternate stack always free": Seed("altstack", "nested", value(altstack, "is_on", lambda _: False)),
    "no EPERM on it": Seed("altstack", "asked_inside", value(altstack, "is_on", lambda _: False)),
    "never left": Seed("altstack", "left_by_sigreturn", value(altstack, "mark", never_left)),
    "MINSIGSTKSZ enforced": Seed("altstack", "too_small", value(altstack, "OLDMINSIGSTKSZ", 32768)),
    "UC_RESET_ALT_STACK unknown": Seed("altstack", "uc_reset_alt_stack", value(sigreturn, "UC_RESET_ALT_STACK", 0)),
    "UC_SET_ALT_STACK unknown": Seed("altstack", "uc_set_alt_stack", value(sigreturn, "UC_SET_ALT_STACK", 0)),
    "SIGKILL can be blocked": Seed("masks", "unblockable", system(unblockable=0)),
    "SIG_BLOCK as on Linux": Seed("masks", "how_values", value(signal_calls, "SIG_BLOCK", 0)),
    "sets of 8 bytes": Seed("masks", "set_of_four_bytes", value(signal_calls, "SET_SIZE", 8)),
    "sa_mask forgotten": Seed("masks", "handler_mask", value(signals, "entered", without_mask)),
    "SA_NODEFER forgotten": Seed("masks", "nodefer", system(nodefer=0)),
    "SA_RESETHAND forgotten": Seed("actions", "resethand", system(resethand=0)),
    "SIGILL reset": Seed("actions", "resethand_traps", system(never_reset=0)),
    "SA_RESETHAND told": Seed("actions", "told_no_resethand", value(signal_calls, "TOLD", 0xFF)),
    "ignored ones kept": Seed("actions", "ignored_though_blocked", value(sending, "ignored", lambda *_: False)),
    "every flag restored": Seed("sigreturn", "flags_forbidden", value(sigreturn, "FRAMES_FLAGS", MASK64)),
    "any RIP taken": Seed("sigreturn", "rip_noncanonical", value(sigreturn, "USER_LIMIT", 1 << 64)),
    "no token looked at": Seed("sigreturn", "token_wrong", value(sigreturn, "VALIDATION_DISABLED", 1)),
    "a token always looked at": Seed("sigreturn", "token_not_asked_for", value(sigreturn, "VALIDATION_DISABLED", 9)),
    "SIGSEGV for a write": Seed("faults", "write_readonly", value(faults, "SIGBUS", 11)),
    "SIGILL for a protection fault": Seed("faults", "privileged", exception(13, "SIGILL")),
    "SIGBUS for a stack fault": Seed("faults", "noncanonical_stack", exception(12, "SIGBUS")),
    "the kernel's half is there": Seed("faults", "read_kernel", value(faults, "is_mapped", lambda *_: True)),
    "si_addr of the last page fault": Seed(
        "faults", "general_protection_after_page_fault", value(siginfo, "EXC_I386_GPFLT", -1)
    ),
    "TRAP_TRACE": Seed("faults", "breakpoint", constant(siginfo, "TRAP_BRKPT", "TRAP_TRACE")),
    "32-bit calls no gate": Seed("faults", "system_call_gates", value(faults, "SYSTEM_CALL_GATES", frozenset())),
    "INT n faults": Seed("faults", "system_call_gate_ignored", system(user_gates=frozenset((3, 4)))),
    "no FPE_INTDIV": Seed("faults", "divide", value(siginfo, "EXC_I386_DIV", -1)),
    "SIGBUS for an overflow": Seed("faults", "stack_overflow", value(faults, "MAXSSIZ", 0)),
    "the highest signal first": Seed("pending", "lowest_first", value(signals, "take", highest_first)),
    "faults first": Seed("pending", "faults_have_no_priority", system(synchronous=1 << 10, kernel=1)),
    "SIGCONT removes no stop": Seed("pending", "stop_and_continue", system(cont=18)),
    "every call made again": Seed("waits", "read_interrupted", system(restart=always_again)),
    "all timers SIGALRM": Seed("time", "virtual_timer", system(timers=(14, 14, 14))),
    "carry not touched": Seed("results", "error_by_carry", value(abi, "CARRY", 0)),
    "one result": Seed("results", "pipe_in_two_registers", system(set_result=one_result)),
    "carry for traps": Seed("results", "carry_of_a_trap", value(abi, "MACH", abi.UNIX)),
    "SIGSYS for machine-dependent calls": Seed("results", "unknown_machdep", value(abi, "MACHDEP", -1)),
    "R11 of the way back": Seed("results", "r11_after_a_handler", value(signal_frame, "is_call", lambda *_: False)),
    "no microseconds": Seed("time", "gettimeofday", system(set_result=one_result)),
    "a close wakes nobody": Seed("threads", "closed_under_select", value(closing, "_drain", lambda *_: None)),
    "KERN_SUCCESS after a signal": Seed("mach", "semaphore_aborted", value(semaphores, "KERN_ABORTED", 0)),
    "no room under a new stack": Seed("threads", "thread_entry", value(threads, "RED_ZONE", 0)),
    "signals to the first thread": Seed("threads", "signal_to_the_process", value(sending, "choose", first_thread)),
    "the child not told from its parent": Seed("processes", "fork_twice_returned", system(set_result=one_result)),
    "no core": Seed("defaults", "default_SIGQUIT", system(cores=0)),
    "SIGINFO kills": Seed("defaults", "default_SIGINFO", system(ignored=0)),
    "SIGTSTP kills": Seed("defaults", "default_SIGTSTP", system(stops=0)),
}


@pytest.mark.parametrize("name", SEEDS)
def test_the_program_notices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = SEEDS[name]
    rule = BY_NAME[seed.program]
    assert rule.source.group == seed.group
    machine, program = boot(rule)
    seed.fault(monkeypatch, machine)
    assert run(machine, program).outcome != rule.source.ending


def test_every_group_has_a_seed() -> None:
    assert {seed.group for seed in SEEDS.values()} == {rule.source.group for rule in BY_NAME.values()}
