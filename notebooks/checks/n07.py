"""The exercises of notebook 07: the computer underneath."""

from __future__ import annotations

from checks import Exercise
from emu import Session, assemble, trace

GENERAL_PROTECTION, PAGE_FAULT = 13, 14
EXIT = "    mov eax, 231\n    xor edi, edi\n    syscall\n.data\nword: .quad 41\n"


def _program(text: str):
    return assemble(f"// dialect: intel\n.globl _start\n_start:\n{text}\n{EXIT}")


def _session() -> Session:
    return Session(_program("    nop"))


def _indices(answer: object) -> str | None:
    if not isinstance(answer, tuple) or len(answer) != 5 or not all(isinstance(part, int) for part in answer):
        return "a tuple of five numbers is wanted: (PML4, PDPT, PD, PT, offset)"
    session = _session()
    rsp = session.registers.rsp
    right = (*(entry.index for entry in session.walk(rsp).entries), rsp & 0xFFF)
    if answer == right:
        return None
    names = ("PML4", "PDPT", "PD", "PT", "offset")
    at = next(i for i, (mine, its) in enumerate(zip(answer, right, strict=True)) if mine != its)
    return f"with {names[at]} = {answer[at]} the walk goes another way than the processor's for RSP = {rsp:#x}"


indices = Exercise(
    _indices,
    "the same numbers as in the column *index* of session.walk(session.registers.rsp).",
    (
        "An index has 9 bits: `& 511` cuts them out, once they are at the right end.",
        "The offset is the low 12 bits; the PT's index begins at bit 12, and each level 9 bits further up.",
        "rsp >> 39 & 511 is the first one.",
    ),
)


def _table_pages(answer: object) -> str | None:
    session = _session()
    walks = [session.walk(page.address).entries for page in session.pages]
    tables = {entry.at & -4096 for entries in walks for entry in entries}
    if answer == len(tables):
        return None
    levels = len(walks[0])
    if answer == levels * len(walks):
        return f"{answer} would be right if no two pages shared a table; the first table at least serves all of them"
    if answer == levels:
        return f"{answer} tables lead to one page; the stack is so far away that it needs others"
    return f"{answer} isn't the number of different tables that the three walks go through"


table_pages = Exercise(
    _table_pages,
    "more tables than pages: an address space with little in it is mostly tables, and they are few because unused "
    "parts of the tree aren't there at all.",
    (
        "session.walk(page.address) for each page of session.pages shows the tables on its way.",
        "Two entries lie in the same table if their physical addresses agree but for the low 12 bits.",
        "Code and data lie side by side: they share all tables. The stack shares only the first one.",
    ),
)


def _code_of_write(answer: object) -> str | None:
    fault = trace(_program("    mov [rip + _start], rax"))[-1].fault
    if answer == fault.error_code:
        return None
    if not isinstance(answer, int):
        return "a number is wanted"
    said = [
        "the page forbids it" if answer & 1 else "nothing was mapped",
        "a write" if answer & 2 else "a read",
        "in ring 3" if answer & 4 else "in ring 0",
        *(["an instruction fetch"] if answer & 16 else []),
    ]
    return f"{answer} says: {', '.join(said)}"


code_of_write = Exercise(
    _code_of_write,
    "present, a write, from ring 3.",
    (
        "Three of the four bits of the table are set. Which one isn't?",
        "The instruction itself was fetched without trouble: bit 4 is about the access that failed.",
        "1 + 2 + 4.",
    ),
)


def _vector(address: int) -> int:
    fault = trace(_program(f"    mov rbx, {address:#x}\n    mov al, [rbx]"))[-1].fault
    return fault.vector if fault else 0


def _last_page_fault(answer: object) -> str | None:
    if not isinstance(answer, int) or not 0 <= answer < 1 << 64:
        return "an address is wanted, a number of 64 bits"
    if _vector(answer) == GENERAL_PROTECTION:
        return f"a read at {answer:#x} is general protection already"
    if _vector(answer) != PAGE_FAULT:
        return f"a read at {answer:#x} doesn't fault"
    if _vector((answer + 1) % (1 << 64)) == PAGE_FAULT:
        return f"{answer:#x} is a page fault, and so is the next address"
    return None if answer < 1 << 63 else f"{answer:#x} is in the kernel's half"


last_page_fault = Exercise(
    _last_page_fault,
    "bit 47 is 0 up to here, so the bits above must be 0; one further it is 1, and they would all have to be 1.",
    (
        "The first address that isn't canonical is the one behind yours.",
        "An address below the hole has bits 63 to 47 all 0. Which is the largest such number?",
        "2**47 - 1.",
    ),
)


def _clean_but_read(answer: object) -> str | None:
    session = Session(_program(str(answer)))
    stack, data = session.registers.rsp & -4096, session.address("word") & -4096
    session.clear_bits()
    session.run()
    if session.trace.status != (0, None, False):
        return f"the program doesn't get to its end: {session.trace.ending}"
    bits = {page.address: page.entry.bits for page in session.pages}
    if "A" not in bits[stack]:
        return "nothing touched the stack's page: its bit A is clear"
    if "D" in bits[stack]:
        return "the stack's page was written: its bit D is set"
    if "D" not in bits[data]:
        return "the data's page wasn't written: its bit D is clear"
    return None if session.word("word") == 41 else f"word holds {session.word('word')} at the end"


clean_but_read = Exercise(
    _clean_but_read,
    "D says that a page was written. Nobody looks whether the bytes are others than before.",
    (
        "For the stack: a MOV from [rsp] reads and doesn't write.",
        "For the data: write the number that is there already.",
        "mov rbx, [rsp], then load word into RAX, and store RAX back to word.",
    ),
)
