"""fork and wait: processes that are made, end at once, and are waited for."""

from __future__ import annotations

from statistics import median

from guests import our_machine
from measure import Figure, Work, rates

from kernel_stub.cpu import Protection

FORKS = (
    "again: mov eax, 57; syscall; test eax, eax; jz child; "
    "mov edi, eax; xor esi, esi; xor edx, edx; xor r10d, r10d; mov eax, 61; syscall; jmp again; "
    "child: push rax; mov eax, 231; xor edi, edi; syscall"
)
TURNS = 100
PAGES = 250  # what a small static program has touched


def fork_and_wait() -> list[Figure]:
    """The same loop in a process of few pages, and of as many as a static C program has."""
    few, many = _forking(0), _forking(PAGES)
    a, b = rates(few, many)
    return [
        Figure("fork, exit and wait", median(a), "/s", 1_000),
        Figure(f"the same with {PAGES} pages of memory", median(b), "/s"),
    ]


def _forking(pages: int) -> Work:
    machine = our_machine(FORKS)
    if pages:
        machine.space.map(0x10_0000_0000, pages << 12, Protection.READ | Protection.WRITE)

    def work() -> int:
        for _ in range(TURNS):
            for _ in range(3):
                machine.run()
        assert len(machine.kernel.processes) <= 2
        return TURNS

    return work
