"""When there is no more memory: calls say so, and a process that touches more is gone; nothing raises or hangs."""

from __future__ import annotations

from emu.machine import Machine
from emu.mmu import AddressSpace
from emu.ram import PAGE, Ram
from kernel_stub.cpu import Protection, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX

READ_WRITE = Protection.READ | Protection.WRITE
FAR = 0x100_0000_0000


def full_kernel(free: int = 0) -> tuple[Kernel, int]:
    """A kernel whose process has taken all frames but some; where its memory is."""
    memory = AddressSpace(Ram(256 * PAGE))
    kernel = Kernel(LINUX, memory)
    start = call(kernel, "mmap", 0, 1 << 22, 3, 0x4022, -1, 0)
    at = start
    while memory.ram.size // PAGE - 1 - memory.ram.used > free:
        memory.copy_out(at, b"x")
        at += PAGE
    return kernel, start


def call(kernel: Kernel, name: str, *arguments: int) -> int:
    registers = Registers(rax=LINUX.numbers[name], rflags=0x202, cs=0x33, ss=0x2B)
    for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=False):
        setattr(registers, register, argument)
    kernel.syscall(registers)
    return registers.rax - (registers.rax >> 63 << 64)


def test_a_mapping_does_not_move_where_its_tables_find_no_room():
    for free in range(4):
        kernel, start = full_kernel(free)
        moved = call(kernel, "mremap", start, 2 * PAGE, 2 * PAGE, 3, FAR)
        assert moved == (FAR if free == 3 else -LINUX.errnos["ENOMEM"].number)
        assert kernel.memory.copy_in(FAR if free == 3 else start, 1) == b"x"
        assert kernel.process.exit is None
        assert kernel.process.space.find(moved if free == 3 else start).start == (FAR if free == 3 else start)


def test_a_fork_that_finds_no_room_leaves_nothing_behind():
    kernel, start = full_kernel(free=3)
    used = kernel.memory.ram.used
    assert call(kernel, "fork") == -LINUX.errnos["ENOMEM"].number
    assert (kernel.memory.ram.used, kernel.memory.ram.others, len(kernel.processes)) == (used, {}, 1)
    kernel.memory.copy_out(start, b"y")


def test_a_touch_too_much_ends_a_child_and_its_parent_goes_on():
    """Both write to every page of what they share until there is no room for one more copy."""
    from asm import assemble_text, link
    from emu.loaders.process import Process
    from emu.loaders.program import executable

    source = """
.intel_syntax noprefix
.globl _start
_start:
    lea rbx, pages[rip]
    call touch
    mov eax, 57
    syscall
    test eax, eax
    jnz parent
    lea rbx, pages[rip]
    call touch
parent:
    mov rdi, -1
    lea rsi, said[rip]
    xor edx, edx
    xor r10d, r10d
    mov eax, 61
    syscall
    mov edi, said[rip]
    mov eax, 231
    syscall
touch:
    mov ecx, 100
again:
    inc qword ptr [rbx]
    add rbx, 4096
    dec ecx
    jnz again
    ret
.data
said: .quad 0
.bss
.balign 4096
pages: .zero 409600
"""
    program = link([assemble_text(source, "touch.s", dialect="intel")], entry="_start")
    guest = Machine(LINUX, ram_size=180 * PAGE)
    Process(guest, executable("touch", program), [b"touch"], {})
    guest.kernel.process.limits[LINUX.constants["RLIMIT_NPROC"]] = (9, 9)
    guest.kernel.time_slice = 100_000
    guest.run_to_end(10_000)
    assert guest.kernel.first.exit is not None and guest.kernel.first.exit.code == 9  # the status word of SIGKILL
