"""Go's signal programs on the simulated Darwin: initsig, sigtramp and sigreturn as machine code."""

from __future__ import annotations

import pytest

from asm.stubs import RUNS, Run, find_run
from emu.loaders.darwin_process import USRSTACK
from emu.loaders.process import Process
from emu.loaders.program import start_run
from emu.machine import Machine
from emu.stepper import Stepper
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.events import SignalDelivered, SignalPosted

BUDGET = 100_000
SA_ONSTACK, SA_RESTART, SA_SIGINFO = 1, 2, 0x40
CAUGHT, SURVIVED = (3, 4, 5, 6, 7, 8, 10, 11, 12), (20, 28)
DARWIN_RUNS = [run for run in RUNS if run.system == "darwin"]


def finish(name: str, observe: bool = False) -> Process:
    """The program, run as far as it goes."""
    run = find_run(name, "darwin")
    assert run is not None
    machine = Machine(DARWIN)
    machine.kernel.observe = observe
    process = start_run(machine, run)
    machine.run_to_end(BUDGET)
    return process


def word(process: Process, symbol: str) -> int:
    data = process.machine.space.copy_in(process.program.symbols[symbol].address, 8)
    return int.from_bytes(data, "little")


@pytest.mark.parametrize("run", DARWIN_RUNS, ids=lambda run: run.name)
def test_a_program_ends_as_its_row_says(run: Run):
    kernel = finish(run.name).machine.kernel
    ended = kernel.process.exit
    assert ((ended.code, ended.signal) if ended else (None, None)) == (run.status, run.signal)
    assert kernel.terminal.written(2) == run.stderr
    assert run.stdout is None or kernel.terminal.written(1) == run.stdout


def test_initsig_leaves_the_kernels_action_table_entry_by_entry():
    """One trampoline for all; the handler is in the action."""
    process = finish("sigchld")
    address = {name: placed.address for name, placed in process.program.symbols.items()}
    actions, flags = process.machine.kernel.process.actions, SA_ONSTACK | SA_SIGINFO
    mask = 0xFFFF_FFFF & ~(1 << 8 | 1 << 16)
    for number in range(1, 32):
        if number in CAUGHT:
            expected = (address["sighandler"], flags, address["sigtramp"], mask)
        elif number in SURVIVED:
            expected = (address["sigignore"], flags | SA_RESTART, address["sigtramp"], mask)
        else:
            expected = (0, SA_RESTART, 0, 0)
        assert tuple(actions[number]) == expected, number


def test_an_alarm_interrupts_read_which_goes_on():
    kernel = finish("restart").machine.kernel
    assert 200_000_000 <= kernel.clock.now < 201_000_000


def test_an_alarm_interrupts_read_which_does_not_go_on():
    assert 50_000_000 <= finish("eintr").machine.kernel.clock.now < 51_000_000


def test_the_frame_of_an_interrupted_read():
    """ERESTART is decided before the frame is written: RIP at the SYSCALL again, or EINTR with the carry flag."""
    saved = {}
    for name in ("restart", "eintr"):
        process = finish(name, observe=True)
        (delivered,) = [event for event in process.machine.kernel.events if isinstance(event, SignalDelivered)]
        frame = {placed.path: placed.value for placed in delivered.frame}
        code = process.machine.space.copy_in(frame["ss.rip"] - 2, 4)
        saved[name] = (frame["ss.rax"], frame["ss.rflags"] & 1, code.index(b"\x0f\x05"))
    assert saved == {"restart": (0x2000003, 0, 2), "eintr": (4, 1, 0)}


def test_sighandler_runs_on_gsignals_stack_with_signal_siginfo_and_ucontext():
    process = finish("sigquit", observe=True)
    (delivered,) = [event for event in process.machine.kernel.events if isinstance(event, SignalDelivered)]
    at = {placed.path: placed.address for placed in delivered.frame}
    top = process.program.symbols["gsignalstack"].address + 32768
    assert word(process, "ringside.signal") == 3
    assert word(process, "ringside.siginfo") == at["si_signo"] == top - 128 - 56 - 104
    assert word(process, "ringside.context") == at["uc_onstack"] == top - 128 - 56
    assert word(process, "ringside.g") == process.program.symbols["gsignal"].address
    assert delivered.on_alternate_stack


def test_this_sigtramp_calls_sighandler_for_sigchld_too():
    """It doesn't look at DI, where the kernel puts sigignore."""
    assert word(finish("sigchld"), "ringside.signals") == 1


def test_the_sigtramp_before_the_commit_returns_to_what_lay_on_the_stack():
    """Zeros: the RET goes to address 0. There SIGSEGV comes, but the handler's mask blocks it: for ever."""
    process = finish("sigtramp-before", observe=True)
    machine = process.machine
    delivered = next(event for event in machine.kernel.events if isinstance(event, SignalDelivered))
    assert delivered.frame[0].path == "return_address"
    assert (delivered.frame[0].value, delivered.frame[0].written) == (0, False)
    assert (machine.cpu.registers.rip, machine.cpu.registers.rsp) == (0, delivered.registers.rsp + 8)
    assert machine.stuck and not machine.exited
    posted = [event for event in machine.kernel.events if isinstance(event, SignalPosted)]
    assert posted[-1].text == "SIGSEGV (page fault at 0x0), blocked: it stays pending"


def test_a_trace_of_it_ends():
    run = find_run("sigtramp-before", "darwin")
    machine = Machine(DARWIN)
    stepper = Stepper(machine, start_run(machine, run).program)
    *_, last = stepper.steps(BUDGET)
    assert (last.address, last.retired) == (0, False)
    assert stepper.ended.ending.value == "faulting"


def test_the_first_stack_has_argc_argv_environment_and_the_path():
    """exec_copyout_strings: no auxiliary vector; the path stands behind the environment."""
    machine = Machine(DARWIN)
    process = start_run(machine, find_run("sigchld", "darwin"))
    registers, space = machine.cpu.registers, machine.space
    assert registers.rsp % 16 == 0 and registers.rsp < USRSTACK
    words = [int.from_bytes(space.copy_in(registers.rsp + 8 * i, 8), "little") for i in range(6)]
    argc, argv0, end, environment, apple, last = words
    assert (argc, end, environment, last) == (1, 0, 0, 0)
    assert space.copy_in(argv0, 8) == space.copy_in(apple, 8) == b"sigchld\0"
    assert process.executable.entry == process.program.symbols["_rt0_amd64_darwin"].address


def test_a_signal_from_outside_comes_between_two_instructions():
    """No system call was made: the frame tells of none."""
    machine = Machine(DARWIN)
    machine.kernel.observe = True
    start_run(machine, find_run("sigchld", "darwin"))
    machine.kernel.deliver_at(600, "SIGCHLD")
    machine.run_to_end(BUDGET)
    frames = [event.frame for event in machine.kernel.events if isinstance(event, SignalDelivered)]
    first = {placed.path: placed.value for placed in frames[0]}
    assert len(frames) == 2
    assert (first["es.trapno"], first["ss.cs"]) == (0, 0x2B)
    assert machine.kernel.process.exit.code == 0


def test_the_float_state_comes_back_from_a_handler():
    machine = Machine(DARWIN)
    start_run(machine, find_run("sigquit", "darwin"))
    image = bytearray(machine.cpu.registers.fpu.load())
    image[160:176] = bytes(range(16))
    machine.cpu.registers.fpu.store(bytes(image))
    machine.run_to_end(BUDGET)
    assert machine.cpu.registers.fpu.load()[160:176] == bytes(range(16))
