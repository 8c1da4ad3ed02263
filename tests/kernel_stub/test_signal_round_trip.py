"""tgkill to oneself, frame, handler, rt_sigreturn: the whole way of a signal, in the kernel alone."""

from __future__ import annotations

from kernel_stub.cpu import Registers
from kernel_stub.events import SignalDelivered, SignalPosted, SignalReturned, SyscallDone

HANDLER, RESTORER = 0x401000, 0x402000
SIGUSR1 = 10
SA_SIGINFO, SA_RESTORER = 4, 0x4000000


def install(guest, signal=SIGUSR1, flags=SA_SIGINFO, mask=0, handler=HANDLER):
    """rt_sigaction with a handler at HANDLER."""
    words = (handler, flags | SA_RESTORER, RESTORER, mask)
    guest.put(guest.rw, b"".join(word.to_bytes(8, "little") for word in words))
    assert guest.call("rt_sigaction", signal, guest.rw, 0, 8) == 0


def test_a_signal_and_back(linux):
    kernel = linux.kernel
    install(linux)
    top = linux.rw + 0x1F00
    registers = Registers(
        rax=234, rdi=4242, rsi=4242, rdx=SIGUSR1, rbx=0xB, rcx=0x400002, r11=0x246, rip=0x400002,
        rflags=0x646, rsp=top, cs=0x33, ss=0x2B,
    )  # fmt: skip
    before = registers.copy()
    before.rax = 0  # tgkill's result
    kernel.events.clear()
    kernel.syscall(registers)
    assert [type(event) for event in kernel.events] == [SyscallDone, SignalPosted, SignalDelivered]
    delivered = kernel.events[-1]
    frame = {placed.path: placed for placed in delivered.frame}
    assert registers.rip == HANDLER
    assert registers.rdi == SIGUSR1
    assert registers.rax == 0
    assert registers.rsp == frame["pretcode"].address
    assert registers.rsp % 16 == 8
    assert registers.rsp + 440 < top - 128
    assert registers.rsi == frame["si_signo"].address
    assert registers.rdx == frame["uc_flags"].address
    assert registers.rflags == 0x246  # DF is cleared
    assert frame["pretcode"].value == RESTORER
    assert frame["uc_mcontext.rip"].value == 0x400002
    assert frame["uc_mcontext.eflags"].value == 0x646
    assert frame["uc_mcontext.rsp"].value == top
    assert frame["si_pid"].value == 4242
    assert kernel.thread.blocked == 1 << (SIGUSR1 - 1)

    registers.rsp += 8  # the handler's RET
    registers.rax = 15
    registers.rip = RESTORER + 9
    registers.rbx = registers.rdi = 99
    registers.rflags = 0x202
    kernel.events.clear()
    kernel.syscall(registers)
    assert registers == before
    assert kernel.thread.blocked == 0
    assert any(isinstance(event, SignalReturned) for event in kernel.events)
