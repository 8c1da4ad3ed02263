"""Whatever lies on the stack at rt_sigreturn, and whatever actions and signals there are: no Python exception."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_stub.cpu import INDEX, Fault, Protection, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux import fpstate, signal_frame
from kernel_stub.linux.personality import LINUX
from kernel_stub.linux.structs import RT_SIGFRAMES, XSTATE
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.process import AltStack
from kernel_stub.signals import Action

FRAME = RT_SIGFRAMES["kill"]
RW = 0x10000
WORDS = st.one_of(
    st.integers(0, 20),
    st.integers(0, (1 << 64) - 1),
    st.sampled_from([RW, RW + PAGE, RW + 2 * PAGE, (1 << 47) - PAGE, 1 << 47, 1 << 63, (1 << 64) - 1]).flatmap(
        lambda at: st.integers(max(at - 700, 0), min(at + 700, (1 << 64) - 1))
    ),
)


class Fpu:
    """A state that takes only what a processor would."""

    def __init__(self) -> None:
        self.image = fpstate.INITIAL

    def load(self) -> bytes:
        return self.image

    def store(self, image: bytes) -> None:
        assert len(image) == 512
        assert not int.from_bytes(image[24:28], "little") & ~0xFFFF
        self.image = image


def make() -> Kernel:
    memory = PageMemory()
    memory.map(RW, 2 * PAGE)
    memory.map(RW + 3 * PAGE, PAGE, Protection.READ)
    kernel = Kernel(LINUX, memory)
    kernel.observe = True
    return kernel


def check(kernel: Kernel) -> None:
    for event in kernel.events:
        assert event.text
        for placed in getattr(event, "frame", ()):
            assert len(placed.data) == placed.size
    kernel.checkpoint()


@settings(max_examples=300, deadline=None)
@given(st.data(), st.binary(max_size=1200), st.integers(0, 2 * PAGE + 100), st.integers(0, 3))
def test_any_frame(data, noise, offset, edits):
    kernel = make()
    frame = RW + offset
    image = bytearray(noise.ljust(FRAME.size + fpstate.SIZE + 100, b"\0"))
    for _ in range(edits):
        path = data.draw(st.sampled_from(list(FRAME.fields)))
        field = FRAME.fields[path]
        image[field.offset : field.offset + 8] = data.draw(WORDS).to_bytes(8, "little")
    kernel.memory.poke(RW, b"\0" * 2 * PAGE)
    fits = max(0, min(len(image), RW + 2 * PAGE - frame))
    kernel.memory.poke(frame, bytes(image[:fits]))
    registers = Registers(rax=15, rsp=frame + 8, rip=0x400002, cs=0x33, ss=0x2B, rflags=0x202)
    registers.fpu = Fpu()
    kernel.process.actions[11] = Action(0x401000, 0x8000000 | 0x4000000, 0x402000, 0)
    kernel.thread.altstack = AltStack(RW, 2 * PAGE)
    kernel.syscall(registers)
    check(kernel)
    assert registers.rflags & 0x202 == 0x202  # IF and the fixed bit are not a guest's to change


@settings(max_examples=200, deadline=None)
@given(st.data(), st.binary(min_size=580, max_size=580), st.integers(0, 2 * PAGE))
def test_any_state(data, noise, offset):
    kernel = make()
    area = bytearray(noise)
    if data.draw(st.booleans()):
        area[464:] = fpstate.TAIL
    for _ in range(data.draw(st.integers(0, 3))):
        field = XSTATE.fields[data.draw(st.sampled_from(list(XSTATE.fields)))]
        value = data.draw(WORDS).to_bytes(8, "little") * 8
        area[field.offset : field.offset + field.size] = value[: field.size]
    address = RW + offset
    if data.draw(st.booleans()):
        address &= -64
    kernel.memory.poke(address, bytes(area[: max(0, RW + 2 * PAGE - address)]))
    loaded = fpstate.load(kernel.memory, address)
    if loaded is not None:
        Fpu().store(loaded)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 64), WORDS, WORDS, WORDS, WORDS), max_size=6), st.data())
def test_any_action_and_signal(actions, data):
    kernel = make()
    for signal, *words in actions:
        kernel.process.actions[signal] = Action(*words)
    kernel.thread.blocked = data.draw(WORDS) & ~LINUX.rules.unblockable
    kernel.thread.altstack = AltStack(data.draw(WORDS), data.draw(WORDS), data.draw(st.integers(0, (1 << 32) - 1)))
    registers = Registers(rsp=data.draw(WORDS), cs=0x33, ss=0x2B, rflags=0x202)
    for _ in range(data.draw(st.integers(1, 5))):
        if kernel.process.exit is not None or kernel.process.stopped is not None:
            break
        if data.draw(st.booleans()):
            vector, code = data.draw(st.tuples(st.integers(0, 255), st.integers(0, 31)))
            kernel.fault(registers, Fault(vector, code, data.draw(WORDS)))
        else:
            registers.rax, registers.rdi, registers.rsi = 62, 4242, data.draw(st.integers(0, 65))
            kernel.syscall(registers)
        check(kernel)
        kernel.events.clear()
    assert all(0 <= registers.values[INDEX[name]] < 1 << 64 for name in INDEX)


def test_the_frame_is_where_the_layout_says():
    """`place` on plain numbers: 128 below the stack pointer, the area at 64, the frame 8 below 16."""
    kernel = make()
    for rsp in (0x20000, 0x20001, 0x2003F, 0x20040):
        frame, state = signal_frame.place(kernel.thread, rsp, False)
        assert state % 64 == 0
        assert frame % 16 == 8
        assert state + fpstate.SIZE <= rsp - 128
        assert frame + FRAME.size <= state
        assert rsp - 128 - (state + fpstate.SIZE) < 64
        assert state - (frame + FRAME.size) < 24
