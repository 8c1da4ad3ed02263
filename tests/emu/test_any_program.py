"""Random small programs of several processes: the same end step by step and at full speed, and every frame of RAM is
either somebody's or free.

A program is a list of calls, which a few instructions make one after the other; behind a fork stand the child's.
"""

from __future__ import annotations

import struct
from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from asm import assemble_text, link
from asm.program import Program
from emu.loaders.process import Process
from emu.loaders.program import executable
from emu.machine import Machine
from emu.page_tables import ENTRIES, FRAME, USER_ENTRIES
from emu.ram import PAGE, Ram
from emu.stepper import Stepper
from kernel_stub.cpu import MASK64
from kernel_stub.linux.personality import LINUX

INTERPRETER = """
.intel_syntax noprefix
.globl _start
_start:
    lea rbx, script[rip]
next:
    mov rax, [rbx]
    mov rdi, [rbx + 8]
    mov rsi, [rbx + 16]
    mov rdx, [rbx + 24]
    mov r10, [rbx + 32]
    mov r8, [rbx + 40]
    mov r9, [rbx + 48]
    mov rbp, [rbx + 56]
    add rbx, 64
    syscall
    add r15, rax
    rol r15, 7
    mov buffer[rip], r15
    push r15
    test rbp, rbp
    jz next
    test rax, rax
    jz next
    add rbx, rbp
    jmp next
handler:
    inc r15
    ret
restorer:
    mov eax, 15
    syscall
.data
.balign 4096
buffer: .zero 8192
paths: .asciz "/tmp/f"
.balign 64
action: .zero 64
script: .zero 65536
"""
PROGRAM: Program = link([assemble_text(INTERPRETER, "any.s", dialect="intel")], entry="_start")
AT = {placed.symbol.name: placed.address for placed in PROGRAM}
IMAGE = executable("any", PROGRAM)
BUFFER, ACTION = AT["buffer"], AT["action"]
SIGNALS = (0, 10, 12, 13, 15, 17, 18, 19, 9)
LOW = 0x7000_0000
PLACES = (BUFFER, BUFFER + 8, BUFFER + PAGE - 4, BUFFER + PAGE, 0, *(LOW + PAGE * index for index in range(4)))

Entry = tuple[int, ...]


def number(name: str) -> int:
    return LINUX.numbers[name]


def simple(random: Random) -> Entry:
    """A call that makes no process."""
    name = random.choice((
        "getpid", "getppid", "write", "write", "read", "pipe", "close", "dup", "wait4", "wait4", "kill", "mmap",
        "munmap", "mprotect", "brk", "open", "ftruncate", "nanosleep", "sched_yield", "rt_sigaction",
        "rt_sigprocmask", "setpgid", "map", "alarm", "madvise", "mremap", "mremap", "poll",
    ))  # fmt: skip
    fd, place = random.choice((0, 1, 3, 4, 5, 6)), random.choice(PLACES)
    pid = random.choice((4242, 4243, 4244, 4245, 4246, 0, -1))
    page = LOW + PAGE * random.randrange(4)
    size = random.choice((1, 8, PAGE, 3 * PAGE))
    arguments: dict[str, Entry] = {
        "write": (fd, place, size), "read": (random.choice((3, 5)), place, size), "pipe": (place,), "close": (fd,),
        "dup": (fd,), "wait4": (pid, place, random.choice((0, 0, 1, 2, 10)), 0),
        "kill": (random.choice((4243, 4244, 4245, 4246)), random.choice(SIGNALS)),
        "mmap": (page, size, 3, 0x32, MASK64, 0), "map": (page, PAGE, 3, 0x11, fd, 0), "munmap": (page, size),
        "mprotect": (page, size, random.choice((0, 1, 3))), "brk": (AT["script"] + 0x100000,),
        "open": (AT["paths"], 0x42, 0o600), "ftruncate": (fd, size), "nanosleep": (BUFFER + PAGE, 0),
        "rt_sigaction": (random.choice((10, 12, 17)), ACTION, 0, 8),
        "rt_sigprocmask": (random.randrange(3), BUFFER + PAGE, 0, 8), "setpgid": (0, 0),
        "alarm": (random.randrange(2),), "madvise": (page, size, 4), "poll": (place, 2, 1),
        "mremap": (page, PAGE, size, random.choice((1, 3)), 0x100_0000_0000 * random.randint(1, 9)),
    }  # fmt: skip
    return (number({"map": "mmap"}.get(name, name)), *arguments.get(name, ()))


def calls(random: Random, depth: int = 0) -> list[Entry]:
    """The calls of one process, to its end."""
    found: list[Entry] = []
    for _ in range(random.randint(1, 8)):
        if depth < 3 and random.random() < 0.3:
            child = calls(random, depth + 1)
            name, flags = random.choice((("fork", 0), ("fork", 0), ("vfork", 0), ("clone", 0x111), ("clone", 17)))
            found.append((number(name), flags, 0, 0, 0, 0, 0, 64 * len(child)))
            found += child
        else:
            found.append(simple(random))
    if depth:
        found.append((number("exit_group"), random.randrange(256)))
        return found
    reap = [(number("wait4"), -1, 0, 0, 0)] * 12
    return [*found, *reap, (number("exit_group"), 3)]


def machine(script: list[Entry], time_slice: int, frames: int = 1024) -> Machine:
    """The program's machine, ready to start."""
    found = Machine(LINUX, ram_size=frames * PAGE)
    Process(found, IMAGE, [b"any"], {})
    found.kernel.time_slice = time_slice
    found.kernel.process.limits[LINUX.constants["RLIMIT_NPROC"]] = (40, 40)
    for index, entry in enumerate(script):
        words = [word & MASK64 for word in (*entry, *[0] * (8 - len(entry)))]
        found.space.poke(AT["script"] + 64 * index, struct.pack("<8Q", *words))
    found.space.poke(ACTION, struct.pack("<4Q", AT["handler"], 0x0400_0000, AT["restorer"], 0))
    found.space.poke(BUFFER + PAGE, struct.pack("<2Q", 0, 3000))
    return found


def end(guest: Machine) -> list[object]:
    """Everything about a machine that came to its end."""
    kernel = guest.kernel
    processes = [(one.pid, one.ppid, one.exit, one.stopped, one.used) for one in kernel.processes]
    return [
        guest.position, kernel.clock.now, list(guest.cpu.registers.values), processes, kernel.terminal.output,
        guest.read(BUFFER, 2 * PAGE), kernel.filesystem.used, guest.space.ram.used,
    ]  # fmt: skip


def users(ram: Ram, root: int) -> tuple[set[int], Counter[int]]:
    """The tables of an address space without the kernel's half, and how often it has each frame."""
    tables, frames = {root}, Counter[int]()
    level = [ram.words[(root >> 3) + index] for index in range(USER_ENTRIES)]
    for _ in range(3):
        below = [value & FRAME for value in level if value]
        tables.update(below)
        level = [ram.words[(table >> 3) + index] for table in below for index in range(ENTRIES)]
    frames.update(value & FRAME for value in level if value & FRAME)
    return tables, frames


def unowned(guest: Machine) -> int:
    """How many frames are handed out that no process has: the processor's own. Counts of users must be right."""
    ram, tables, frames = guest.space.ram, set[int](), Counter[int]()
    for root in guest.space._spaces:
        own, used = users(ram, root)
        assert not tables & own
        tables |= own
        frames += used
    assert {frame: count - 1 for frame, count in frames.items() if count > 1} == ram.others
    assert not set(frames) & set(ram._free) and not tables & (set(ram._free) | set(frames))
    return ram.used - len(tables) - len(frames)


FRAMES = st.sampled_from([64, 80, 100, 150, 1024])  # some are too few
SLICES = st.sampled_from([9, 31, 100, 100_000])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32), SLICES, FRAMES)
def test_step_by_step_as_at_full_speed(seed, time_slice, frames):
    script = calls(Random(seed))
    fast, stepped = machine(script, time_slice, frames), machine(script, time_slice, frames)
    own = unowned(fast)
    fast.kernel.observe = True
    fast.run_to_end(50_000)
    for _ in Stepper(stepped).steps(50_000):
        pass
    assert end(fast) == end(stepped)
    assert unowned(fast) == unowned(stepped) == own


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32), SLICES)
def test_nobody_need_look(seed, time_slice):
    alone, watched = (machine(calls(Random(seed)), time_slice) for _ in range(2))
    watched.kernel.observe = True
    alone.run_to_end(50_000)
    watched.run_to_end(50_000)
    assert end(alone) == end(watched)
    assert alone.kernel.process.space.regions == watched.kernel.process.space.regions


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 60), FRAMES)
def test_frames_are_somebodys_or_free_all_the_time(seed, pieces, frames):
    guest = machine(calls(Random(seed)), 40, frames)
    own = unowned(guest)
    for _ in range(pieces):
        if guest.exited or guest.stuck:
            break
        guest.run(25)
        assert unowned(guest) == own


def test_nothing_is_left_of_ten_thousand_children():
    loop = INTERPRETER.replace("    lea rbx, script[rip]\n", """
    lea rbx, script[rip]
    mov r14, 10000
again:
    mov eax, 57
    syscall
    test eax, eax
    jz child
    mov rdi, -1
    xor esi, esi
    xor edx, edx
    xor r10d, r10d
    mov eax, 61
    syscall
    dec r14
    jnz again
    jmp next
child:
    push rax
    mov buffer[rip], rax
    xor edi, edi
    mov eax, 231
    syscall
""")  # fmt: skip
    program = link([assemble_text(loop, "many.s", dialect="intel")], entry="_start")
    guest = Machine(LINUX, ram_size=4 << 20)
    Process(guest, executable("many", program), [b"many"], {})
    own = unowned(guest)
    (script,) = (placed.address for placed in program if placed.symbol.name == "script")
    guest.space.poke(script, struct.pack("<8Q", 34, *[0] * 7))  # pause
    used = []
    while not guest.stuck:
        guest.run()
        if len(guest.kernel.processes) == 1:
            used.append(guest.space.ram.used)
    assert guest.kernel.newest_id == 4242 + 10000
    assert len(set(used[10:])) == 1 and unowned(guest) == own
    assert len(guest.space._spaces) == 1 and not guest.space.ram.others
