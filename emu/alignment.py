"""Which moment of one run answers to which moment of another: a step, or what the kernel did between two.

First the code: routines pair by their names, and within a pair the instructions pair by what they do, so
that one instruction has the same counterpart each time it runs. Then the runs: a shortest edit script
(Myers, 1986) over the steps whose instructions have a counterpart. What is left between two pairs is joined
where the kernel was asked for the same thing from routines that don't pair.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from asm.program import PlacedSymbol, Program
from emu.disassembler import LONGEST, Disassembler, Instruction, Operand
from emu.events import Interlude, Step
from kernel_stub.events import SyscallDone

ALIKE = 0.6  # similarity of two names that mean the same thing: rt_sigaction and sigaction
MOST_EDITS = 256  # of one search; a longer script is found piece by piece, and may not be the shortest
_PLAIN_JUMPS = frozenset(("jmp", "jrcxz", "jecxz"))

Pair = tuple[int, int]
Moment = Step | Interlude


def is_conditional(mnemonic: str) -> bool:
    """Whether the Intel mnemonic is a jump that looks at flags."""
    return mnemonic[:1] == "j" and mnemonic not in _PLAIN_JUMPS


def align(left: Sequence[Moment], right: Sequence[Moment], programs: tuple[Program, Program]) -> list[Pair]:
    """Indices of the moments that answer to each other, ascending on both sides."""
    counterpart = counterparts(routines(left, programs[0]), routines(right, programs[1]), programs)
    mine = [_token(moment, moment.address if isinstance(moment, Step) else None) for moment in left]
    theirs = [
        _token(moment, counterpart.get(moment.address) if isinstance(moment, Step) else None) for moment in right
    ]
    found = [*common(mine, theirs), (len(left), len(right))]
    pairs: list[Pair] = []
    for (i, j), (next_i, next_j) in pairwise([(-1, -1), *found]):
        gap = range(i + 1, next_i), range(j + 1, next_j)
        pairs += [*_crossings(left, right, *gap), (next_i, next_j)]
    return pairs[:-1]


def _token(moment: Moment, address: int | None) -> Hashable:
    """Equal for moments that can answer to each other; `address` is the instruction's on the left."""
    if isinstance(moment, Interlude):
        return tuple(type(event) for event in moment.events)
    return address if address is not None else id(moment)


def routines(moments: Sequence[Moment], program: Program) -> dict[str, PlacedSymbol]:
    """The routines that ran, by name, in the order of their first steps."""
    found: dict[str, PlacedSymbol] = {}
    for address in dict.fromkeys(moment.address for moment in moments if isinstance(moment, Step)):
        placed = program.symbol_at(address)
        if placed is not None:
            found.setdefault(placed.symbol.name, placed)
    return found


# Code ---------------------------------------------------------------------------------------------


def counterparts(
    left: dict[str, PlacedSymbol], right: dict[str, PlacedSymbol], programs: tuple[Program, Program]
) -> dict[int, int]:
    """For addresses of instructions on the right, those of their counterparts on the left."""
    names = {theirs: mine for mine, theirs in pair_names(list(left), list(right))}
    disassembler = Disassembler()
    found: dict[int, int] = {}
    for theirs, mine in names.items():
        mine_code = list(_decoded(left[mine], programs[0], disassembler))
        their_code = list(_decoded(right[theirs], programs[1], disassembler))
        found.update(_pair_code(mine_code, their_code, programs, names))
    return found


def pair_names(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Equal names, then of those on one side only the most alike."""
    yield from ((name, name) for name in left if name in right)
    mine = [name for name in left if name not in right]
    theirs = [name for name in right if name not in left]
    ranked = sorted(((_likeness(a, b), a, b) for a in mine for b in theirs), key=lambda row: -row[0])
    for likeness, a, b in ranked:
        if likeness >= ALIKE and a in mine and b in theirs:
            mine.remove(a)
            theirs.remove(b)
            yield a, b


def _likeness(left: str, right: str) -> float:
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


_Decoded = tuple[int, Instruction]


def _decoded(placed: PlacedSymbol, program: Program, disassembler: Disassembler) -> Iterator[_Decoded]:
    address, end = placed.address, placed.address + placed.symbol.size
    while address < end:
        instruction = disassembler.decode(address, program.read(address, min(LONGEST, end - address)))
        yield address, instruction
        address += instruction.size


def _pair_code(
    mine: list[_Decoded], theirs: list[_Decoded], programs: tuple[Program, Program], names: dict[str, str]
) -> Iterator[Pair]:
    """Addresses on the right and on the left: equal but for constants, then in between of equal shape."""
    exact = (
        [_normal(instruction, programs[0], {}) for _, instruction in mine],
        [_normal(instruction, programs[1], names) for _, instruction in theirs],
    )
    shapes = [_shape(i) for _, i in mine], [_shape(i) for _, i in theirs]
    for tag, i, i_end, j, j_end in SequenceMatcher(None, *exact, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from ((theirs[j + n][0], mine[i + n][0]) for n in range(i_end - i))
        elif tag == "replace":
            inner = SequenceMatcher(None, shapes[0][i:i_end], shapes[1][j:j_end], autojunk=False)
            for a, b, size in inner.get_matching_blocks():
                yield from ((theirs[j + b + n][0], mine[i + a + n][0]) for n in range(size))


def _normal(instruction: Instruction, program: Program, names: dict[str, str]) -> Hashable:
    """What the instruction does, whatever its constants: `names` translates those of routines that it calls."""
    mnemonic = instruction.mnemonic
    if mnemonic == "call" and instruction.operands and instruction.operands[0].immediate is not None:
        called = program.symbol_at(instruction.operands[0].immediate)
        name = called.symbol.name if called else ""
        return mnemonic, names.get(name, name)
    return mnemonic, tuple(_operand(operand) for operand in instruction.operands)


def _operand(operand: Operand) -> Hashable:
    if operand.immediate is not None:
        return "constant"
    if operand.base == "rip":
        return "data"
    return operand.register or (operand.base, operand.index, operand.scale, operand.displacement)


def _shape(instruction: Instruction) -> Hashable:
    """What kind of instruction it is, whatever its operands."""
    mnemonic = "jump if" if is_conditional(instruction.mnemonic) else instruction.mnemonic
    return mnemonic, tuple(
        "constant" if operand.immediate is not None else "register" if operand.register else "memory"
        for operand in instruction.operands
    )


# Runs ---------------------------------------------------------------------------------------------


def common(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Pair]:
    """Indices of a long common subsequence; the longest, where no search has more than MOST_EDITS edits."""
    shared = set(left) & set(right)
    mine = [i for i, token in enumerate(left) if token in shared]
    theirs = [j for j, token in enumerate(right) if token in shared]
    a, b = [left[i] for i in mine], [right[j] for j in theirs]
    found: list[Pair] = []
    x = y = 0
    while x < len(a) and y < len(b):
        piece, x, y = _search(a, b, x, y)
        found += piece
    return [(mine[i], theirs[j]) for i, j in found]


def _search(a: Sequence[Hashable], b: Sequence[Hashable], x0: int, y0: int) -> tuple[list[Pair], int, int]:
    """Matches from (x0, y0) on, and how far they reach: to both ends, or as far as MOST_EDITS edits lead."""
    reach = {1: x0}  # the furthest x on each diagonal x - y = x0 - y0 + k
    history: list[dict[int, int]] = []
    for edits in range(MOST_EDITS + 1):
        history.append(dict(reach))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            y = x - x0 + y0 - k
            while x < len(a) and y < len(b) and a[x] == b[y]:
                x, y = x + 1, y + 1
            reach[k] = x
            if x >= len(a) and y >= len(b):
                return _backwards(history, k, x, x0, y0), len(a), len(b)
    inside = [k for k, x in reach.items() if x <= len(a) and x - x0 + y0 - k <= len(b) and abs(k) <= MOST_EDITS]
    best = max((k for k in inside if (k - MOST_EDITS) % 2 == 0), key=lambda k: 2 * reach[k] - k)
    return _backwards(history, best, reach[best], x0, y0), reach[best], reach[best] - x0 + y0 - best


def _backwards(history: list[dict[int, int]], k: int, x: int, x0: int, y0: int) -> list[Pair]:
    """The matches on the way to x on diagonal k, ascending; `history` has the reach before each edit."""
    found: list[Pair] = []
    for edits in range(len(history) - 1, -1, -1):
        reach = history[edits]
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        k_before = k + 1 if down else k - 1
        start = reach[k_before] if down else reach[k_before] + 1
        if not edits:
            start = x0
        found += [(i, i - x0 + y0 - k) for i in range(x - 1, start - 1, -1)]
        k, x = k_before, reach[k_before]
    return found[::-1]


def _crossings(left: Sequence[Moment], right: Sequence[Moment], mine: range, theirs: range) -> Iterator[Pair]:
    """Moments within a gap that asked the kernel for the same thing, or for two of much the same name."""
    calls = [(j, name) for j in theirs if (name := _asked(right[j]))]
    for i in mine:
        name = _asked(left[i])
        if not name:
            continue
        for n, (j, other) in enumerate(calls):
            if _likeness(name, other) >= ALIKE:
                yield i, j
                calls = calls[n + 1 :]
                break


def _asked(moment: Moment) -> str | None:
    return next((event.name for event in moment.events if isinstance(event, SyscallDone)), None)
