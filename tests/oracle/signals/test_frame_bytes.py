"""The frames of native deliveries and of ours, field by field, in one table a delivery.

`pytest -s tests/oracle/signals/test_frame_bytes.py` prints them. Offsets come from the host's headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.oracle.conftest import Compiler
from tests.oracle.signals.compare import Comparison, FramePair
from tests.oracle.signals.conftest import Bench

HEADERS = """
#include <stddef.h>
#include <asm/signal.h>
#include <asm/siginfo.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
struct rt_sigframe { void *pretcode; struct ucontext uc; siginfo_t info; };
"""

CONTEXT = (
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp",
    "rip", "eflags", "cs", "gs", "fs", "ss", "err", "trapno", "oldmask", "cr2", "fpstate", "reserved1",
)  # fmt: skip
FRAME = (
    "pretcode", "uc.uc_flags", "uc.uc_link", "uc.uc_stack.ss_sp", "uc.uc_stack.ss_flags", "uc.uc_stack.ss_size",
    *(f"uc.uc_mcontext.{name}" for name in CONTEXT), "uc.uc_sigmask", "info.si_signo", "info.si_errno",
    "info.si_code",
)  # fmt: skip
SENT, FAULT = ("info.si_pid", "info.si_uid"), ("info.si_addr",)
STATE = (
    *(f"fpstate.{name}" for name in ("cwd", "swd", "twd", "fop", "rip", "rdp", "mxcsr", "mxcsr_mask")),
    *(f"fpstate.st_space[{4 * i}]" for i in range(8)),
    *(f"fpstate.xmm_space[{4 * i}]" for i in range(16)),
    "fpstate.reserved2", "fpstate.sw_reserved.magic1", "fpstate.sw_reserved.extended_size",
    "fpstate.sw_reserved.xfeatures", "fpstate.sw_reserved.xstate_size", "fpstate.sw_reserved.padding",
    "xstate_hdr.xfeatures", "xstate_hdr.reserved1", "xstate_hdr.reserved2",
)  # fmt: skip
REGISTER_BYTES = 16  # of an entry of st_space and xmm_space, which are arrays of words

DELIVERIES = {
    "tgkill": ("siginfo", SENT),
    "page fault": ("read_unmapped", FAULT),
    "division": ("divide", FAULT),
    "alternate stack": ("onstack", SENT),
    "x87 and SSE in use": ("fresh_state", SENT),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a delivery: where it lies from the frame's (or area's) start, its bytes, and the verdict."""

    offset: int
    name: str
    native: bytes
    ours: bytes
    verdict: str

    def __str__(self) -> str:
        values = (f"{int.from_bytes(value, 'little'):#x}" for value in (self.native, self.ours))
        return f"{self.offset:#6x}  {self.name:<32} " + " ".join(f"{value:<36}" for value in values) + self.verdict


def layout(host_cc: Compiler, union: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Offset and size of each field: of the frame, and of the XSAVE area."""
    wanted = [("struct rt_sigframe", name) for name in FRAME + union] + [("struct _xstate", name) for name in STATE]
    asked = [f"offsetof({struct}, {name})" for struct, name in wanted]
    asked += [f"sizeof((({struct} *)0)->{name})" for struct, name in wanted]
    values = list(host_cc.values(HEADERS, asked).values()) if len(set(asked)) == len(asked) else []
    found = {}
    for index, (_, name) in enumerate(wanted):
        size = REGISTER_BYTES if "_space[" in name else values[len(wanted) + index]
        found[name] = (values[index], size)
    return found


def first_frame(bench: Bench, program: str) -> FramePair:
    source = bench.unstepped(bench.sources[program])  # a step is an exception, and trapno would show it
    comparison = Comparison(bench.natively(source), bench.emulated(source), {}, keep_frames=1)
    comparison.run()
    return comparison.frames[0]


def rows(pair: FramePair, fields: dict[str, tuple[int, int]]) -> Iterator[Row]:
    """The table, in the order of addresses; the frame comes first, then the XSAVE area."""
    area = int.from_bytes(pair.native(pair.address + fields["uc.uc_mcontext.fpstate"][0], 8), "little")
    for name, (offset, size) in fields.items():
        address = (area if name in STATE else pair.address) + offset
        native, ours = pair.native(address, size), pair.ours(address, size)
        verdict = "equal" if native == ours else pair.excuses(address, size) or "DIFFERENT"
        yield Row(offset, name, native, ours, verdict)


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_every_field_of_the_frame(delivery: str, bench: Bench, host_cc: Compiler) -> None:
    program, union = DELIVERIES[delivery]
    fields = layout(host_cc, union)
    table = list(rows(first_frame(bench, program), fields))
    print(f"\n{delivery}\noffset  {'field':<32} {'native':<36} {'ours':<36} verdict")
    print("\n".join(map(str, table)))
    assert len(table) == len(FRAME) + len(union) + len(STATE)
    assert not [str(row) for row in table if row.verdict == "DIFFERENT"]
    excused = {row.name for row in table if row.verdict != "equal"}
    assert excused <= {
        "fpstate.fop", "fpstate.rip", "fpstate.rdp", "fpstate.mxcsr_mask",
        "fpstate.sw_reserved.xfeatures", "xstate_hdr.xfeatures",
    }  # fmt: skip


def place(rsp: int, xsave_bytes: int) -> tuple[int, int]:
    """Where the ABI and the kernel's get_sigframe put frame and XSAVE area for a stack pointer."""
    area = rsp - 128 - (xsave_bytes + 4) & -64
    return (area - 440 & -16) - 8, area


@pytest.mark.parametrize("program", ["plain", "odd_stack", "siginfo", "registers"])
def test_the_frame_lies_where_its_size_puts_it(program: str, host_bench: Bench) -> None:
    """The host's frame by its XSAVE size, and ours by the emulated processor's own: the same rule."""
    source = host_bench.sources[program]
    entry = next(state for state in host_bench.natively(source).states if state.frames)
    emulated = host_bench.emulated(source)
    while (state := emulated.next_state()) is not None and state.registers["rip"] != entry.registers["rip"]:
        before = state.registers
    assert state is not None
    native_frame = entry.registers["rsp"]
    assert native_frame == place(before["rsp"], host_bench.xsave_size())[0]
    frame, area = place(before["rsp"], 0x240)
    word = emulated.watched.word(state.memory, frame + 8 + 224)
    assert (state.registers["rsp"], state.registers["rdx"], state.registers["rsi"]) == (frame, frame + 8, frame + 312)
    assert word == area
