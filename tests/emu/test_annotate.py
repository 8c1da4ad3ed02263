"""Names for addresses."""

from __future__ import annotations

import pytest

from emu.annotate import Labels
from emu.machine import Machine
from emu.target import resolve
from kernel_stub.cpu import Registers
from kernel_stub.events import FramePiece, ProcessCreated, ProcessSwitched, SignalReturned
from kernel_stub.layout import Layout, u64
from kernel_stub.linux.personality import LINUX


@pytest.fixture
def labels() -> Labels:
    found = Labels()
    for address, size, name in ((0x30, 8, "r1"), (0x10, 8, "trap"), (0x20, 4, "fd")):  # in any order
        found.add(address, size, name)
    return found


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (0x0F, None), (0x10, "trap"), (0x11, "trap+1"), (0x17, "trap+7"), (0x18, None),
        (0x20, "fd"), (0x23, "fd+3"), (0x24, None), (0x30, "r1"), (0x38, None), (1 << 63, None),
    ],
)  # fmt: skip
def test_a_range_names_its_bytes_and_no_others(labels: Labels, address: int, name: str | None):
    assert labels.name(address) == name


def test_behind_the_ranges_the_programs_symbols_have_names():
    call = resolve("syscall", "linux").prepare(Machine(LINUX))
    counter = call.program.find("ringside·entersyscalls").address
    assert [call.labels.name(counter + i) for i in (0, 4)] == ["ringside.entersyscalls", "ringside.entersyscalls+4"]
    assert call.labels.name(call.routine.address + 5) == "syscall.Syscall+5"
    slots = [call.labels.name(call.stack_pointer + offset) for offset in (0, 8, 16, 40, 48, 56)]
    assert slots == ["return address", "trap", "a1", "r1", "r2", "errno"]


def test_a_frame_has_names_until_it_is_taken_back():
    """sigreturn takes the ucontext, which lies 8 bytes behind the frame's start on Linux."""
    from emu.machine import Machine
    from emu.start import load
    from emu.stepper import Stepper
    from emu.target import SourceOptions
    from kernel_stub.linux.personality import LINUX

    machine = Machine(LINUX)
    process = load(machine, "sigchld", (), SourceOptions())
    frames = []
    for step in Stepper(machine, process.program).steps(10_000):
        for event in step.events:
            process.labels.saw(event)
            frames.append(len(process.labels.frames))
    assert max(frames) == 1
    assert frames[-1] == 0


def test_each_process_has_its_own_frames():
    """A child has those of its parent, from whose handler it may have come."""
    frame = (FramePiece(0x100, Layout("info", u64("si_signo")), bytes(8)),)
    labels, registers = Labels(frames=[frame]), Registers()
    labels.saw(ProcessCreated(2, 1, registers))
    labels.saw(SignalReturned(frame, 0, registers))
    assert labels.name(0x100) is None
    labels.saw(ProcessSwitched(1, 2, 1, 2, "waits", registers, registers))
    assert labels.name(0x100) == "si_signo"
    labels.saw(ProcessSwitched(2, 1, 2, 1, "waits", registers, registers))
    assert labels.name(0x100) is None
