"""Each group of rules broken on purpose, one rule at a time: the comparison must notice every one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from emu.machine import Machine
from kernel_stub import signals
from kernel_stub.cpu import MASK64, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux import abi, altstack, faults, fpstate, signal_calls, signal_frame, sigreturn
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.process import AltStack, Process, Thread
from kernel_stub.signals import Action, SigInfo, SignalRules
from tests.oracle.signals.conftest import Bench
from tests.oracle.signals.sources import sources

Patch = pytest.MonkeyPatch
Break = Callable[[Patch, Machine], None]


def value(module: object, name: str, wrong: object) -> Break:
    """A constant or function of the kernel is another."""

    def apply(patch: Patch, machine: Machine) -> None:
        patch.setattr(module, name, wrong)

    return apply


def constant(module: object, name: str, wrong: str) -> Break:
    """One constant is taken for another, in one module."""
    return value(module, "CONSTANTS", {**CONSTANTS, name: CONSTANTS[wrong]})


def rules(**wrong: int) -> Break:
    """The personality's signal rules are others."""

    def apply(patch: Patch, machine: Machine) -> None:
        kernel = machine.kernel
        kernel.personality = replace(kernel.personality, rules=replace(kernel.personality.rules, **wrong))

    return apply


def without_mask(thread: Thread, signal: int, action: Action, given: SignalRules) -> None:
    signals_entered(thread, signal, action._replace(mask=0), given)


def process_first(process: Process, thread: Thread, given: SignalRules) -> SigInfo | None:
    """`take`, with the two queues swapped."""
    process.pending, thread.pending = thread.pending, process.pending
    try:
        return signals_take(process, thread, given)
    finally:
        process.pending, thread.pending = thread.pending, process.pending


def highest_first(process: Process, thread: Thread, given: SignalRules) -> SigInfo | None:
    waiting = thread.pending.set & ~thread.blocked
    return thread.pending.collect(waiting.bit_length()) if waiting else signals_take(process, thread, given)


def newest_first(self: signals.Pending, signal: int) -> SigInfo | None:
    entries = self.queue.get(signal)
    if entries is not None:
        entries.rotate(1)
    return pending_collect(self, signal)


def never_ignored(action: Action, signal: int, given: SignalRules) -> bool:
    return False


def no_stack(kernel: Kernel, stack: AltStack, values: object) -> None:
    """What sigreturn does about the alternate stack, forgotten."""


def always_again(registers: Registers, cut: object, action: Action | None) -> bool:
    return abi_restart(registers, cut, None)  # type: ignore[arg-type]


def enter_without_restorer(kernel: Kernel, registers: Registers, info: SigInfo, action: Action) -> bool:
    return frame_enter(kernel, registers, info, action._replace(flags=action.flags | CONSTANTS["SA_RESTORER"]))


def restorer_not_needed(patch: Patch, machine: Machine) -> None:
    kernel = machine.kernel
    kernel.personality = replace(kernel.personality, enter_handler=enter_without_restorer)


def personality_restart(patch: Patch, machine: Machine) -> None:
    kernel = machine.kernel
    kernel.personality = replace(kernel.personality, restart=always_again)


signals_entered, signals_take, pending_collect = signals.entered, signals.take, signals.Pending.collect
abi_restart, frame_enter = abi.restart, signal_frame.enter


@dataclass(frozen=True, slots=True)
class Seed:
    """A rule of `group` broken, and the program that shows it."""

    group: str
    program: str
    fault: Break


SEEDS = {
    "no red zone": Seed("flags", "red_zone", value(signal_frame, "RED_ZONE", 0)),
    "DF stays set": Seed("flags", "direction", value(signal_frame, "ENTRY_FLAGS", MASK64)),
    "uc_flags is 1, as qemu-user has it": Seed("flags", "plain", value(signal_frame, "UC_FLAGS", 1)),
    "SA_RESETHAND forgotten": Seed("flags", "resethand_shown", rules(resethand=0)),
    "SA_NODEFER forgotten": Seed("flags", "nodefer", rules(nodefer=0)),
    "SA_RESTORER not needed": Seed("flags", "no_restorer", restorer_not_needed),
    "flags kept as given": Seed("flags", "all_flags", value(signal_calls, "UAPI_SA_FLAGS", MASK64)),
    "tgkill as kill": Seed("senders", "by_tgkill", value(signal_calls, "SI_TKILL", CONSTANTS["SI_USER"])),
    "SI_KERNEL for kill": Seed("senders", "by_kill", rules(user=CONSTANTS["SI_KERNEL"])),
    "sa_mask forgotten": Seed("masks", "handler_mask", value(signals, "entered", without_mask)),
    "SIG_UNBLOCK replaces": Seed("masks", "how", value(signal_calls, "SIG_SETMASK", CONSTANTS["SIG_UNBLOCK"])),
    "SIGKILL can be blocked": Seed("masks", "kill_stop", rules(unblockable=0)),
    "the highest signal first": Seed("queue", "lowest_first", value(signals, "take", highest_first)),
    "the process's queue first": Seed("queue", "thread_first", value(signals, "take", process_first)),
    "last in, first out": Seed("queue", "realtime_queue", value(signals.Pending, "collect", newest_first)),
    "real-time signals pend once": Seed("queue", "realtime_queue", rules(first_realtime=65)),
    "faults' signals not first": Seed("queue", "synchronous_first", rules(synchronous=0)),
    "ignoring discards nothing": Seed("queue", "ignore_discards", value(signals, "discarded", never_ignored)),
    "the alternate stack always free": Seed("altstack", "nested", value(signal_frame, "is_on", lambda *_: False)),
    "no EPERM on it": Seed("altstack", "asked_inside", value(altstack, "is_on", lambda *_: False)),
    "its overflow not seen": Seed("altstack", "overflow_at_once", value(signal_frame, "is_within", lambda *_: True)),
    "not restored": Seed("altstack", "restored", value(sigreturn, "set_stack", no_stack)),
    "MINSIGSTKSZ forgotten": Seed("altstack", "too_small", value(altstack, "MINSIGSTKSZ", 0)),
    "SEGV_ACCERR as SEGV_MAPERR": Seed("faults", "write_code", constant(faults, "SEGV_ACCERR", "SEGV_MAPERR")),
    "ILL_ILLOPC for UD2": Seed("faults", "undefined", constant(faults, "ILL_ILLOPN", "ILL_ILLOPC")),
    "SI_USER for a protection fault": Seed("faults", "privileged", value(faults, "SI_KERNEL", 0)),
    "the kernel's half shows": Seed("faults", "read_kernel", value(faults, "PRESENT", 0)),
    "TRAP_BRKPT for a step": Seed("faults", "single_step", constant(faults, "TRAP_TRACE", "TRAP_BRKPT")),
    "every flag restored": Seed("sigreturn", "edit_forbidden_flags", value(sigreturn, "FIX_EFLAGS", MASK64)),
    "RF not restored": Seed("sigreturn", "edit_resume_flag", value(sigreturn, "FIX_EFLAGS", 0x40DD5)),
    "SS never mended": Seed("sigreturn", "edit_ss_lax", value(sigreturn, "UC_STRICT_RESTORE_SS", 0xFF)),
    "no second magic": Seed("sigreturn", "header_empty", value(fpstate, "_MAGIC2", bytes(4))),
    "XMM registers not saved": Seed("sigreturn", "fresh_state", value(fpstate, "_UNWRITTEN", 160)),
    "handlers keep the x87 state": Seed("sigreturn", "fresh_state", value(fpstate, "INITIAL", bytes(512))),
    "every call made again": Seed("restart", "read_interrupted", personality_restart),
    "SA_RESTART restarts pause": Seed("restart", "pause_restart", personality_restart),
    "no core": Seed("defaults", "default_SIGQUIT", rules(cores=0)),
    "SIGCHLD kills": Seed("defaults", "default_SIGCHLD", rules(ignored=0)),
    "SIGTSTP kills": Seed("defaults", "default_SIGTSTP", rules(stops=0)),
    "SIGCONT removes no stop": Seed("stop", "continued", rules(cont=0x40)),
}


@pytest.mark.parametrize("name", SEEDS)
def test_the_comparison_notices(name: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = SEEDS[name]
    source = bench.sources[seed.program]
    assert source.group == seed.group
    whole = bench.compare(source)
    assert not whole.differences
    emulated = bench.emulated(source)
    seed.fault(monkeypatch, emulated.machine)
    broken = bench.compare_with(source, emulated)
    assert broken.differences, "the comparison saw nothing"


def test_every_group_has_a_seed() -> None:
    assert {seed.group for seed in SEEDS.values()} == {source.group for source in sources()}
