"""Go's signal programs on the computer: initsig, sigtramp, sigignore and sigreturn as machine code."""

from __future__ import annotations

import pytest

from asm.stubs import RUNS, Run, find_run
from emu.loaders.process import Process
from emu.loaders.program import start_run
from emu.machine import Machine
from kernel_stub.linux.personality import LINUX

BUDGET = 100_000
LINUX_RUNS = [run for run in RUNS if run.system == "linux"]
SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_RESTART = 0x4, 0x0400_0000, 0x0800_0000, 0x1000_0000
GO = SA_SIGINFO | SA_RESTORER | SA_ONSTACK
CAUGHT = ("SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGSYS")
SURVIVED = ("SIGCHLD", "SIGWINCH")
EVERY_SIGNAL = ~(1 << 8 | 1 << 18) & (1 << 64) - 1  # the kernel takes SIGKILL and SIGSTOP out of a mask


def finish(name: str) -> Process:
    """The program, run to its end."""
    run = find_run(name, "linux")
    assert run is not None
    machine = Machine(LINUX)
    process = start_run(machine, run)
    machine.run_to_end(BUDGET)
    assert machine.exited
    return process


def word(process: Process, symbol: str) -> int:
    """8 bytes of guest memory, where the symbol lies."""
    data = process.machine.space.copy_in(process.program.symbols[symbol].address, 8)
    return int.from_bytes(data, "little")


@pytest.mark.parametrize("run", LINUX_RUNS, ids=lambda run: run.name)
def test_a_program_ends_as_its_row_says(run: Run):
    kernel = finish(run.name).machine.kernel
    ended = kernel.process.exit
    assert ended is not None
    assert (ended.code, ended.signal) == (run.status, run.signal)
    assert kernel.terminal.written(2) == run.stderr
    assert run.stdout is None or kernel.terminal.written(1) == run.stdout


def test_initsig_leaves_the_kernels_action_table_entry_by_entry():
    process = finish("sigactions")
    address = {name: placed.address for name, placed in process.program.symbols.items()}
    actions = process.machine.kernel.process.actions
    for number in range(1, 65):
        name = LINUX.rules.names[number]
        if name in CAUGHT:
            expected = (address["sigtramp"], GO, address["sigreturn"], EVERY_SIGNAL)
        elif name in SURVIVED:
            expected = (address["sigignore"], GO | SA_RESTART, address["sigreturn"], EVERY_SIGNAL)
        else:
            expected = (0, 0, 0, 0)
        assert tuple(actions[number]) == expected, name


def test_minit_registers_the_stack_of_gsignal():
    process = finish("sigactions")
    altstack = process.machine.kernel.thread.altstack
    stack = process.program.symbols["gsignalstack"].address
    assert (altstack.address, altstack.size, altstack.flags) == (stack, 32768, 0)
    assert word(process, "gsignal") == stack


def test_r14_and_r15_are_m_and_g():
    process = finish("sigactions")
    registers, symbols = process.machine.cpu.registers, process.program.symbols
    assert registers.r14 == symbols["m0"].address
    assert registers.r15 == symbols["g0"].address
    memory = process.machine.space
    procid = int.from_bytes(memory.copy_in(symbols["m0"].address + 24, 8), "little")
    gsignal = int.from_bytes(memory.copy_in(symbols["m0"].address + 32, 8), "little")
    assert (procid, gsignal) == (process.machine.kernel.process.tid, symbols["gsignal"].address)


def test_sighandler_is_given_signal_siginfo_and_context_on_the_stack_of_gsignal():
    process = finish("sigquit")
    stack = process.program.symbols["gsignalstack"].address
    assert (word(process, "ringside.signals"), word(process, "ringside.signal")) == (1, 3)
    assert word(process, "ringside.g") == process.program.symbols["gsignal"].address
    context = word(process, "ringside.context")
    assert word(process, "ringside.siginfo") == context + 304  # sizeof(struct ucontext)
    assert word(process, "ringside.sp") == context - 8 - 24 - 8  # return address; sigtramp's frame and CALL
    assert stack <= word(process, "ringside.sp") and context + 304 + 128 <= stack + 32768


def test_the_sigtramp_before_the_commit_calls_sighandler_with_the_g_it_interrupted():
    process = finish("sigquit-before")
    assert word(process, "ringside.g") == process.program.symbols["g0"].address


def test_hooks_count_the_calls_of_the_syscall_package():
    process = finish("sigchld")
    assert word(process, "ringside.entersyscalls") == word(process, "ringside.exitsyscalls") == 2


def test_the_edited_rip_is_where_the_program_goes_on():
    process = finish("sigsegv-resume")
    assert (word(process, "ringside.signals"), word(process, "ringside.recoveries")) == (1, 1)


def test_the_mask_of_all_ones_becomes_flags_and_restorer():
    process = finish("before-restorer")
    restorer = {process.machine.kernel.process.actions[number].restorer for number in (4, 5, 6, 7, 8)}
    assert restorer == {(1 << 64) - 1}
    assert (word(process, "ringside.signals"), word(process, "ringside.signal")) == (1, 3)


def test_without_sa_restorer_no_handler_runs():
    assert word(finish("no-restorer"), "ringside.signals") == 0


def test_the_interrupted_read_is_made_again_and_gets_what_arrives_later():
    kernel = finish("restart").machine.kernel
    assert kernel.clock.now >= 200_000_000  # the input's time, after the alarm's 50 ms


def test_the_interrupted_read_that_is_not_made_again_ends_with_the_alarm():
    assert 50_000_000 <= finish("eintr").machine.kernel.clock.now < 51_000_000
