"""Registers and stack at a program's first instruction: the host's kernel leaves the same."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest

from emu.loaders.process_stack import AT, STACK_TOP, minimum_signal_stack

NAMES = {number: name for name, number in AT.items()} | {
    2: "AT_EXECFD", 7: "AT_BASE", 27: "AT_RSEQ_FEATURE_SIZE", 28: "AT_RSEQ_ALIGN", 33: "AT_SYSINFO_EHDR",
}  # fmt: skip
# What the emulated system has not: a vDSO and restartable sequences.
ABSENT = {"AT_SYSINFO_EHDR", "AT_RSEQ_FEATURE_SIZE", "AT_RSEQ_ALIGN"}
# What follows from the processor (another CPUID) and from the user.
OWN = {"AT_MINSIGSTKSZ", "AT_HWCAP", "AT_HWCAP2", "AT_UID", "AT_EUID", "AT_GID", "AT_EGID"}
CASES = {
    "nothing": ((), {}),
    "arguments": (("one", "", "three"), {}),
    "environment": ((), {"A": "b", "LONGER": "x" * 100}),
    "both": (("a" * 15,), {"Z": "1"}),
    "odd lengths": (("abc", "de"), {"F": "gh", "I": ""}),
    "more than a page": (tuple("argument" * 100 for _ in range(20)), {"V": "w" * 9000}),
}


@dataclass
class First:
    """What the program printed: registers, and the bytes from RSP to the top of the stack."""

    registers: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        self.rsp = self.registers[7]
        words = struct.unpack(f"<{len(self.data) // 8}Q", self.data[: len(self.data) // 8 * 8])
        self.argc = words[0]
        self.argv = words[1 : words.index(0, 1)]
        rest = words[len(self.argv) + 2 :]
        self.envp = rest[: rest.index(0)]
        pairs = rest[len(self.envp) + 1 :]
        self.vector: dict[str, int] = {}
        for number, value in zip(pairs[::2], pairs[1::2], strict=False):
            self.vector[NAMES[number]] = value
            if number == 0:
                break
        self.words = len(self.argv) + len(self.envp) + 3 + 2 * len(self.vector)

    def above(self, address: int) -> bytes:
        """The bytes from an address to the top."""
        return self.data[address - self.rsp :]


def first(outcome) -> First:
    assert outcome.status == 0
    return First(struct.unpack("<32Q", outcome.output[:256]), outcome.output[256:])


@pytest.fixture(params=CASES)
def pair(request, build, natively, emulated):
    """The host's and ours."""
    arguments, variables = CASES[request.param]
    path = build("first_stack", "bare")
    return tuple(first(run(path, *arguments, variables=variables)) for run in (natively, emulated))


def test_the_registers(pair):
    """All but RSP, and the upper halves of FNSTENV's 16-bit fields, which the engine leaves 0."""
    host, ours = pair
    assert ours.registers[:7] + ours.registers[8:26] == host.registers[:7] + host.registers[8:26]
    low = [tuple(value & 0xFFFF for value in found.registers[26:28]) for found in pair]
    assert low[0] == low[1]
    assert ours.registers[27] & 0xFFFF == 0xFFFF  # the tag word: eight empty registers


def test_strings_lie_at_the_same_addresses(pair):
    host, ours = pair
    assert (ours.argc, ours.argv, ours.envp) == (host.argc, host.argv, host.envp)
    random = host.vector["AT_RANDOM"]
    assert ours.above(random + 16) == host.above(random + 16)
    assert ours.rsp + len(ours.data) == STACK_TOP


def test_the_auxiliary_vector(pair):
    """The same entries in the same order with the same values, but for what is named above."""
    host, ours = pair
    assert list(ours.vector) == [name for name in host.vector if name not in ABSENT]
    assert {n: v for n, v in ours.vector.items() if n not in OWN} == {
        n: v for n, v in host.vector.items() if n not in OWN | ABSENT
    }


def test_the_words_end_right_below_the_strings(pair):
    for found in pair:
        assert found.rsp == (found.vector["AT_RANDOM"] - 8 * found.words) & -16


def test_the_words_lie_between_zeros(pair):
    """Padding between the vector, the random bytes and the strings."""
    for found in pair:
        assert not any(found.data[8 * found.words : found.vector["AT_RANDOM"] - found.rsp])


def test_the_room_for_a_signal_frame(build, natively, emulated):
    """AT_MINSIGSTKSZ follows from the size of the XSAVE area, which CPUID tells."""
    for run in (natively, emulated):
        vector = first(run(build("first_stack", "bare"))).vector
        size = int(run(build("xsave_size", "bare")).output, 16)
        assert vector["AT_MINSIGSTKSZ"] == minimum_signal_stack(size)


def test_the_random_bytes_are_the_same_in_every_run(build, emulated):
    path = build("first_stack", "bare")
    one, other = (first(emulated(path)) for _ in range(2))
    assert one.data == other.data
    assert len(set(one.above(one.vector["AT_RANDOM"])[:16])) > 8
