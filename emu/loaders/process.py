"""Starting a program: an executable's segments and its first stack in a machine, as execve leaves a process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from asm.program import Program
from emu.annotate import Labels
from emu.cpu import FLAGS_AT_START
from emu.loaders import elf, process_stack
from emu.loaders.call import Result
from emu.loaders.elf import ElfError, Executable, Load
from emu.loaders.process_stack import Stack
from emu.machine import Machine
from kernel_stub.address_space import MMAP_BASE, PAGE, TASK_SIZE, AddressSpace, Region, round_up
from kernel_stub.cpu import NAMES, Protection

STATIC_PIE_BREAK = round_up(TASK_SIZE // 3 * 2)  # ELF_ET_DYN_BASE: a static PIE's heap is moved there
_READ_WRITE = Protection.READ | Protection.WRITE


class Process:
    """A program in a machine, ready to run from its first instruction.

    `bias` is what its own addresses have to be moved by, `stack` its first stack. `program` (symbols) and
    `labels` are for views, and made when they are first asked for.
    """

    def __init__(
        self,
        machine: Machine,
        executable: Executable,
        arguments: Sequence[bytes],
        environment: Mapping[bytes, bytes],
    ) -> None:
        self.machine, self.executable = machine, executable
        self.bias = 0
        self._program: Program | None = None
        self._labels: Labels | None = None
        try:
            self._load_segments()
            self.stack = self._load_stack(arguments, [b"=".join(item) for item in environment.items()])
        except MemoryError as error:
            raise ElfError(f"{executable.path}: too large to run: {error}") from None
        self._enter(self.stack.pointer)

    @property
    def program(self) -> Program:
        """The program's symbols, at their addresses."""
        if self._program is None:
            self._program = self.executable.source or elf.program(self.executable, self.bias)
        return self._program

    @property
    def labels(self) -> Labels:
        """Names for addresses."""
        if self._labels is None:
            self._labels = Labels(self.program)
            for address, size, name in self.stack.names:
                self._labels.add(address, size, name)
        return self._labels

    def result_values(self, pid: int | None = None) -> list[Result]:
        """None: a process ends with a status, which the end of the run tells."""
        return []

    def saw_write(self, address: int) -> None:
        """Nothing follows from it: a process has no result slots."""

    def _load_segments(self) -> None:
        executable, process = self.executable, self.machine.kernel.process
        space = process.space
        space.ram = self.machine.space.ram.size
        if executable.relocatable:
            self.bias = self._base(space)
        for segment in executable.segments:
            self._load(segment)
        end = executable.end + self.bias
        space.start_brk = space.brk = STATIC_PIE_BREAK if executable.relocatable else end
        process.executable = os.path.realpath(executable.path)

    def _base(self, space: AddressSpace) -> int:
        """Where a static PIE goes: as high as mmap goes, as a program that asks for no place."""
        alignment = max(PAGE, *(segment.alignment for segment in self.executable.segments))
        size = self.executable.end - self.executable.start
        found = space.highest_gap(size + alignment - PAGE, MMAP_BASE) if size < TASK_SIZE else None
        if found is None:
            raise ElfError(f"{self.executable.path}: its segments span {size:#x} bytes: there is no room for them")
        return -(-found // alignment) * alignment - self.executable.start

    def _load(self, segment: Load) -> None:
        """The pages that the file fills, and behind them those of zeros alone (binfmt_elf.c:elf_load)."""
        memory, space = self.machine.space, self.machine.kernel.process.space
        start, filled = segment.start + self.bias, segment.start + self.bias
        if segment.file_size:
            begin = segment.offset - (segment.address - segment.start)
            filled = round_up(segment.address + segment.file_size) + self.bias
            data = bytearray(self.executable.data[begin : begin + filled - start])
            if segment.memory_size > segment.file_size and segment.protection & Protection.WRITE:
                del data[segment.address - segment.start + segment.file_size :]
            space.map(memory, Region(start, filled, segment.protection, self.executable.path))
            memory.map(start, filled - start, segment.protection or Protection.READ)
            memory.poke(start, bytes(data))
            memory.protect(start, filled - start, segment.protection)
        end = segment.end + self.bias
        if filled < end:
            executable = segment.protection & Protection.EXECUTE
            space.map(memory, Region(filled, end, _READ_WRITE | executable))

    def _load_stack(self, arguments: Sequence[bytes], environment: Sequence[bytes]) -> Stack:
        """Puts the first stack where it belongs."""
        kernel, executable = self.machine.kernel, self.executable
        space = kernel.process.space
        program = {
            "AT_PHDR": executable.headers + self.bias if executable.headers else 0,
            "AT_PHNUM": executable.header_count,
            "AT_ENTRY": executable.entry + self.bias,
        }
        path = executable.path.encode(errors="surrogateescape")
        try:
            stack = process_stack.build(
                path, arguments, environment, kernel.process.randomness.take(16), program,
                kernel.process.credentials, space.stack_limit,
            )  # fmt: skip
        except process_stack.StackError as error:
            raise ElfError(f"{executable.path}: {error}") from None
        protection = _READ_WRITE | (Protection.EXECUTE if executable.executable_stack else Protection.NONE)
        if space.overlapping(stack.start, TASK_SIZE):
            raise ElfError(f"{executable.path}: a segment lies where the stack belongs")
        space.add(Region(stack.start, TASK_SIZE, protection, "[stack]", grows_down=True))
        self.machine.space.copy_out(stack.pointer, stack.data)
        return stack

    def _enter(self, stack_pointer: int) -> None:
        """Registers as ELF_PLAT_INIT and start_thread leave them: all zero but these."""
        registers = self.machine.cpu.registers
        for name in NAMES:
            if name not in ("cs", "ss"):
                setattr(registers, name, 0)
        registers.rip = self.executable.entry + self.bias
        registers.rsp = stack_pointer
        registers.rflags = FLAGS_AT_START


def find(path: str) -> Executable:
    """The program that a path names: an ELF file, or a source (.s) that is assembled for this.

    Raises ElfError and AssemblyErrors.
    """
    if not path.endswith((".s", ".S")):
        return elf.read(path)
    from asm import assemble_file, link
    from emu.loaders.program import executable

    try:
        return executable(path, link([assemble_file(path)]))
    except ValueError as error:  # no code, or names without a definition
        raise ElfError(f"{path}: {error}") from None


def arguments(path: str, rest: Sequence[str]) -> list[bytes]:
    """argv, as bytes: the path, and what follows it."""
    return [os.fsencode(text) for text in (path, *rest)]
