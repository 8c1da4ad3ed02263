"""Machines to measure: ours, and the same work done as the stock binding's examples do it."""

from __future__ import annotations

from unicorn import UC_ARCH_X86, UC_MODE_64, Uc
from unicorn import unicorn_const as uc_const
from unicorn import x86_const as x86

from asm import intel
from asm.linker import link
from emu.machine import Machine
from emu.ram import PAGE
from kernel_stub.cpu import GENERAL, Protection
from kernel_stub.linux.personality import LINUX
from kernel_stub.personality import Personality

CODE, DATA, STACK = 0x400000, 0x600000, 0x7FFF_0000
BODY = "again: add rax, rbx; xor rdx, rax; mov [rsi], rdx; mov r8, [rsi]; push r8; pop r9; dec rcx; jnz again"
BODY_LENGTH = 8  # instructions
LOOP = f"{BODY}; jmp again"
GETPID = "again: mov eax, 39; syscall; jmp again"
DARWIN_GETPID = "again: mov eax, 0x2000014; syscall; jmp again"
REGISTER_IDS = [getattr(x86, f"UC_X86_REG_{name.upper()}") for name in GENERAL]
ARGUMENT_IDS = [getattr(x86, f"UC_X86_REG_{name}") for name in ("RDI", "RSI", "RDX", "R10", "R8", "R9")]


def machine_code(text: str) -> bytes:
    source = ".text\n_start:\n" + "\n".join(line.strip() for line in text.split(";")) + "\n"
    (segment,) = link([intel.assemble("bench.s", source)], base=CODE).segments
    return segment.data


def our_machine(code: str, personality: Personality = LINUX) -> Machine:
    machine = Machine(personality)
    machine.space.map(CODE, PAGE, Protection.READ | Protection.EXECUTE)
    machine.space.map(DATA, PAGE, Protection.READ | Protection.WRITE)
    machine.space.map(STACK - PAGE, PAGE, Protection.READ | Protection.WRITE)
    machine.space.poke(CODE, machine_code(code))
    registers = machine.cpu.registers
    registers.rip, registers.rsp, registers.rsi = CODE, STACK - 64, DATA
    return machine


class Stock:
    """Unicorn as it starts, through its binding: no rings, no paging, Python callbacks."""

    def __init__(self, code: str) -> None:
        self.uc = Uc(UC_ARCH_X86, UC_MODE_64)
        for address in (CODE, DATA, STACK - PAGE):
            self.uc.mem_map(address, PAGE)
        self.uc.mem_write(CODE, machine_code(code))
        self.uc.reg_write(x86.UC_X86_REG_RSP, STACK - 64)
        self.uc.reg_write(x86.UC_X86_REG_RSI, DATA)
        self.rows: list[list[int]] = []

    def run(self, count: int) -> int:
        self.uc.emu_start(CODE, 0, count=count)
        return count

    def record_every_step(self) -> None:
        """All general registers, RIP and RFLAGS before each instruction, read one by one."""

        def step(uc: Uc, _address: int, _size: int, _data: object) -> None:
            self.rows.append([uc.reg_read(register) for register in REGISTER_IDS])

        self.uc.hook_add(uc_const.UC_HOOK_CODE, step)

    def serve_getpid(self) -> None:
        """What a system call needs: its number, six arguments, the result, and RCX and R11 as SYSCALL leaves them."""

        def serve(uc: Uc, _data: object) -> None:
            number = uc.reg_read(x86.UC_X86_REG_RAX)
            for register in ARGUMENT_IDS:
                uc.reg_read(register)
            uc.reg_write(x86.UC_X86_REG_RCX, CODE + 7)
            uc.reg_write(x86.UC_X86_REG_R11, 0x202)
            uc.reg_write(x86.UC_X86_REG_RAX, 4242 if number == 39 else -38)

        self.uc.hook_add(uc_const.UC_HOOK_INSN, serve, aux1=x86.UC_X86_INS_SYSCALL)
