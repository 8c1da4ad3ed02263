"""Worlds to make random calls in: processes and threads on a few pages of memory, and arguments that have a chance.

What a call's arguments may be follows from its row: paths that are there and that are not, descriptors, ids, pointers
at the borders of pages, flags that have names, and anything else. Whatever comes out is told as plain text and numbers,
so that two runs can be compared.
"""

from __future__ import annotations

import copy
import struct
from collections.abc import Sequence
from random import Random

from kernel_stub import posting
from kernel_stub.address_space import Region
from kernel_stub.cpu import MASK64, BadAddress, Protection, Registers
from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.flags import Flags
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Choice, Kind
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.personality import Personality
from kernel_stub.signals import Action, SigInfo
from kernel_stub.syscalls import Row
from tests.kernel_stub.test_any_family import check

SYSTEMS = {"linux": LINUX, "darwin": DARWIN}
CLASSES = {"linux": 0, "darwin": UNIX}
RW, END, RO, TOP = 0x10000, 0x14000, 0x15000, 0x7FFF_FFFF_E000  # writable up to END, a hole, read-only; the last page
PATHS = RW + 0x100
NAMES = (
    b"/tmp", b"/tmp/a", b"/tmp/b", b"/tmp/a/b", b"a", b"b", b"a/b", b"..", b".", b"a/", b"/", b"/dev/null",
    b"/dev/zero", b"/dev/full", b"/dev/urandom", b"/dev/tty", b"/tmp/link", b"link", b"/proc/self/exe", b"x" * 300,
    b"/no/such", b"",
)  # fmt: skip
HANDLER, RESTORER, SA_RESTORER = 0x401000, 0x402000, 0x0400_0000
POINTERS = (
    0, RW, RW + 0x800, RW + 0x1000, RW + 0x1FF8, RW + 0x2800, END - 8, END - 1, END, RO, RO + PAGE - 8, RO + PAGE - 1,
    TOP, TOP + PAGE - 1, 1 << 47, 1 << 63, MASK64, MASK64 - 7,
)  # fmt: skip
PLACES = (0, RW + 0x1000, RW + 0x1040, RW + 0x1100, RW + 0x2800)
SIZES = (0, 1, 7, 8, 16, 24, 100, 128, 144, 256, 4095, 4096, 4097, 65536, 65537, 1 << 20, 0x7FFF_FFFF, 1 << 31, 1 << 62)
WORDS = (*SIZES, *POINTERS, MASK64, 1 << 32, (1 << 32) - 1, 0x7FFF_F000, 1 << 63, (1 << 63) - 1, MASK64 - 99)
DATA = (0, 0, 0, 1, 1, 2, 3, 5, 8, 17, 100, 1000, 10**6, 10**9, MASK64, (1 << 63) - 1, RW, END - 8, HANDLER)
SIGNALS = (0, 1, 2, 8, 9, 10, 12, 13, 14, 15, 17, 18, 19, 20, 30, 31, 34, 64, 65)
PROCESSES, THREADS = ("fork", "vfork"), ("clone",)
ENDINGS = ("exit", "exit_group", "bsdthread_terminate")
ENOUGH = 24  # processes and threads: more of them are other tests' business
LIKELY = (
    "open", "read", "write", "close", "pipe", "dup", "dup2", "fork", "wait4", "kill", "mmap", "munmap", "mkdir",
    "rename", "symlink", "lseek", "ftruncate",
)  # fmt: skip


class World:
    """One system with one process to begin with; `random` decides what happens next."""

    def __init__(self, system: str, typed: bytes = b"line\nrest", room: int = 400) -> None:
        self.personality: Personality = SYSTEMS[system]
        self.memory = PageMemory(room)
        self.kernel = Kernel(self.personality, self.memory, stdin=typed)
        self.kernel.observe = True
        space = self.kernel.process.space
        for start, end, protection in ((RW, END, 3), (RO, RO + PAGE, 1), (TOP, TOP + PAGE, 3)):
            space.map(self.memory, Region(start, end, Protection(protection), "data"))
            self.memory.map(start, end - start, Protection(protection))
        self.rows: list[Row] = list(self.personality.table.values())
        self.likely = [row for row in self.rows if row.name in LIKELY]
        self.registers = Registers(rsp=END - 0x400, rip=0x400002, rflags=0x202, cs=0x33, ss=0x2B)
        at = PATHS
        self.paths = []
        for name in NAMES:
            self.memory.poke(at, name + b"\0")
            self.paths.append(at)
            at += len(name) + 1
        self.memory.poke(END - 4, b"/tmp")  # no NUL before the hole
        o_rdwr_creat = 2 | self.personality.constants["O_CREAT"]
        tmp, a = self.paths[0], self.paths[1]
        opening = (("open", tmp, 0, 0), ("open", a, o_rdwr_creat, 0o644), ("write", 4, RW, 5000), ("chdir", tmp))
        for name, *arguments in opening:
            self.call(self.personality.table[self.personality.resolve(name) | CLASSES[system]], arguments)
        self.kernel.events.clear()
        for number in range(1, 32):
            self.kernel.process.actions[number] = Action(HANDLER, SA_RESTORER, RESTORER, 0)

    # What happens ---------------------------------------------------------------------------------

    def act(self, random: Random) -> list[object]:
        """Something happens; what is told of it."""
        kernel, registers = self.kernel, self.registers
        if self.stuck:
            self._stir()
        kind = random.choice(("call",) * 16 + ("data", "slice", "slice", "post", "action", "later"))
        kernel.clock.retired += random.choice((1, 1, 10, 1000))
        if kind == "call":
            self._call(random)
        elif kind == "data":
            words = [random.choice(DATA) for _ in range(8)]
            self._store(random.choice((RW + 0x1000, RW + 0x2800, END - 64)), struct.pack("<8Q", *words))
        elif kind == "slice":
            kernel.clock.retired += kernel.time_slice
        elif kind == "post":
            names = list(self.personality.signals)
            kernel.post(random.choice(names if random.random() < 0.2 else names[16:28]), "from outside")
        elif kind == "action":
            handler = random.choice((0, 1, HANDLER, HANDLER))
            flags = SA_RESTORER | random.choice((0, 0x4, 0x1000_0000, 0x4000_0000, 0x2, 0x1))
            kernel.process.actions[random.randint(1, 31)] = Action(handler, flags, RESTORER, 0)
        else:
            kernel.deliver_at(kernel.clock.retired + random.choice((0, 1, 5000)), "SIGUSR1")
        due = kernel.deadline
        if not self.over and not self.stuck and (kind != "call" or (due is not None and due <= kernel.clock.retired)):
            kernel.tick(registers)
        return self.told(kind)

    def told(self, kind: str) -> list[object]:
        """Everything that could be seen of what just happened."""
        kernel = self.kernel
        texts = [event.text for event in kernel.events]
        kernel.events.clear()
        processes = [(one.pid, one.ppid, one.exit, one.stopped, len(one.files.descriptors)) for one in kernel.processes]
        return [kind, texts, list(self.registers.values), kernel.process.pid, kernel.thread.tid, processes]

    @property
    def over(self) -> bool:
        """Whether the first process is gone."""
        return self.kernel.first.exit is not None

    @property
    def stuck(self) -> bool:
        """Whether everybody sleeps for ever, or is stopped."""
        return self.kernel.waiting or self.kernel.process.stopped is not None

    def _stir(self) -> None:
        """Somebody outside lets things go on: the first process gets a signal that it handles, others end."""
        kernel, number = self.kernel, self.personality.signals["SIGUSR2"].number
        for process in list(kernel.processes):
            if process is not kernel.first and process.exit is None:
                kernel.kill(9, process)
        for thread in kernel.first.threads:
            thread.blocked &= ~(1 << (number - 1))
        kernel.first.actions[number] = Action(HANDLER, SA_RESTORER, RESTORER, 0)
        for name in ("SIGCONT", "SIGUSR2"):
            signal = SigInfo(self.personality.signals[name].number, 0)
            posting.post(kernel, signal, "from outside", process=kernel.first)
        kernel.tick(self.registers)
        self.registers.rsp = END - 0x400

    def _call(self, random: Random) -> None:
        row = random.choice(self.likely if random.random() < 0.5 else self.rows)
        births = (*PROCESSES, *THREADS, "clone3", "bsdthread_create")
        if row.name in births and sum(len(one.threads) for one in self.kernel.processes) >= ENOUGH:
            return
        only = self.kernel.process is self.kernel.first and len(self.kernel.process.threads) == 1
        if row.name in ENDINGS and only and random.random() < 0.95:
            return
        values = [self._argument(random, parameter.name, parameter.kind) for parameter in row.parameters]
        self.call(row, values, row.number if random.random() < 0.98 else random.choice(WORDS))

    def call(self, row: Row, values: Sequence[int], number: int | None = None) -> None:
        """Make a call, under its own number or another one."""
        registers = self.registers
        registers.rax = row.number if number is None else number
        registers.r11, registers.rip = registers.rflags, 0x400002
        for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), values, strict=False):
            setattr(registers, name, value & MASK64)
        self.kernel.syscall(registers)

    def _argument(self, random: Random, name: str, kind: Kind) -> int:
        if random.random() < 0.04:
            return random.choice(WORDS)
        if isinstance(kind, Flags):
            return self._flags(random, kind)
        if isinstance(kind, Choice) and kind.names:
            return random.choice(kind.names)[1]
        if "char *" in kind.c_type:
            return random.choice(self.paths if random.random() < 0.9 else POINTERS)
        if "*" in kind.c_type:
            return random.choice(POINTERS if random.random() < 0.4 else PLACES)
        if "fd" in name:
            return random.choice((0, 1, 2, 3, 3, 4, 5, 6, 7, -1, -100, 99))
        if "pid" in name or "tid" in name or name == "pgid":
            known = [thread.tid for process in self.kernel.processes for thread in process.threads]
            return random.choice((*known[1:], *known[1:], known[0], 0, -1, 1, 4241, -4242, 9999))
        if "setsize" in name:
            return 8
        if "sig" in name:
            return random.choice(SIGNALS)
        return random.choice(SIZES)

    @staticmethod
    def _flags(random: Random, kind: Flags) -> int:
        value = random.choice(kind.modes)[1] if kind.modes else 0
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3))):
            value |= random.choice(kind.names)[1] if kind.names else 0
        return value

    def _store(self, address: int, data: bytes) -> None:
        """Bytes of the program's own, as far as it may write there."""
        try:
            self.memory.copy_out(address, data)
        except BadAddress:
            return

    # Going back -----------------------------------------------------------------------------------

    def checkpoint(self) -> tuple[object, ...]:
        """Kernel, memory and registers as they are now."""
        memory, registers = self.memory, self.registers.copy()
        spaces = copy.deepcopy(memory._spaces)
        return self.kernel.checkpoint(), spaces, memory.root, memory._newest, memory._frames, registers

    def restore(self, saved: tuple[object, ...]) -> None:
        """Back to a checkpoint."""
        state, spaces, root, newest, frames, registers = saved
        self.memory._spaces = copy.deepcopy(spaces)
        self.memory._newest, self.memory._frames = newest, frames
        self.memory.use(root)
        self.kernel.restore(state)
        self.kernel.events.clear()
        self.registers.values[:] = registers.values


def story(world: World, random: Random, steps: int) -> list[object]:
    """What happens in so many steps, or until all is over."""
    told = []
    for _ in range(steps):
        if world.over:
            break
        told.append(world.act(random))
        if not world.over and not world.stuck:
            check(world.kernel)
        for value in world.registers.values:
            assert 0 <= value <= MASK64
    return told
