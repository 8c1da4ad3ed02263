"""Starting a program on the simulated Darwin: as xnu leaves a process that has no dynamic linker.

A linked program is loaded as for Linux, segment by segment, since only the stack tells the systems apart: argc is
at RSP, then argv, the environment, and the path that was executed, each list with a zero behind it. There is no
auxiliary vector. Source: bsd/kern/kern_exec.c (exec_copyout_strings), bsd/kern/mach_loader.c (create_unix_stack).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from emu.loaders.elf import ElfError
from emu.loaders.process import Process
from emu.loaders.process_stack import Stack
from kernel_stub.address_space import Region
from kernel_stub.cpu import Protection

USRSTACK = 0x7FFF_5FC0_0000  # VM_USRSTACK64
MAXSSIZ = 64 << 20  # reserved; all but the soft limit's worth of it is a guard


def build(path: bytes, arguments: Sequence[bytes], environment: Sequence[bytes], stack_limit: int) -> Stack:
    """The stack for a program: the strings at its top, the path lowest; below them the words, RSP a multiple of 16."""
    strings = [path, *arguments, *environment]
    area = b"".join(string + b"\0" for string in strings)
    lowest = (USRSTACK - len(area)) & -8
    addresses, at = [], lowest
    for string in strings:
        addresses.append(at)
        at += len(string) + 1
    split = 1 + len(arguments)
    words = [len(arguments), *addresses[1:split], 0, *addresses[split:], 0, addresses[0], 0]
    pointer = (lowest - 8 * len(words)) & -16
    data = struct.pack(f"<{len(words)}Q", *words).ljust(lowest - pointer, b"\0") + area
    return Stack(pointer, USRSTACK - stack_limit, data.ljust(USRSTACK - pointer, b"\0"), ())


class DarwinProcess(Process):
    """A program in a machine whose system is Darwin, ready to run from its first instruction."""

    def _load_stack(self, arguments: Sequence[bytes], environment: Sequence[bytes]) -> Stack:
        """Puts the first stack where it belongs, above its guard."""
        executable, space = self.executable, self.machine.kernel.process.space
        limit = min(space.stack_limit, MAXSSIZ)
        stack = build(executable.path.encode(errors="surrogateescape"), arguments, environment, limit)
        if space.overlapping(USRSTACK - MAXSSIZ, USRSTACK):
            raise ElfError(f"{executable.path}: a segment lies where the stack belongs")
        space.add(Region(USRSTACK - MAXSSIZ, stack.start, Protection.NONE, "[stack guard]"))
        space.add(Region(stack.start, USRSTACK, Protection.READ | Protection.WRITE, "[stack]"))
        self.machine.space.copy_out(stack.pointer, stack.data)
        return stack
