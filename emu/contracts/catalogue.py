"""The contracts: a row each."""

from __future__ import annotations

from asm.stubs import STUBS
from emu.contracts import promises as c
from emu.contracts.cases import Space
from emu.contracts.contract import Clause, Contract, ErrorRule
from emu.contracts.doubles import DARWIN_HANDLER, ENTER, EXIT, LINUX_HANDLER

LINUX, DARWIN = "linux", "darwin"
BSD_CLASS = 0x2000000
STUB_RULE = ErrorRule("errors are -4094..-1, as Go's stubs draw the line", first=-4094)
KERNEL_RULE = ErrorRule("errors are -4095..-1, as the kernel means them (MAX_ERRNO)", first=-4095)
CARRY_RULE = ErrorRule("errors come with the carry flag set", carry=True)

_TO_KERNEL = tuple(enumerate(("rdi", "rsi", "rdx", "r10", "r8", "r9"), 1))
_WAYS_BACK = (c.REGISTERS, c.STACK, c.DIRECTION, c.WRITES)
_HOOKED = (ENTER.name, "", EXIT.name)
_WORD = 64
_FEW = 2_000  # inputs of a routine that only passes words on
_INT = 31  # bits of a signal's number, which is positive


def _system_call(
    name: str, system: str, count: int, summary: str, *, hooks: bool, rule: ErrorRule, stubs: tuple[str, ...]
) -> Contract:
    names = ", ".join(f"a{n}" for n in range(1, count + 1))
    way = (c.RETURNS, c.HOOKS if hooks else c.ALONE, c.ONCE)
    number = c.BSD_NUMBER if system == DARWIN else c.NUMBER
    call = (number, c.ARGUMENTS3 if count == 3 else c.ARGUMENTS6, c.RESULT, c.ERROR)
    return Contract(
        name,
        system,
        summary,
        f"func {name.removesuffix('-strict')}(trap, {names} int64) (r1, r2, errno int64)",
        (*way, *call, *_WAYS_BACK),
        Space((_WORD,) * (count + 1), (False, True) if rule.carry else (False,)),
        stubs,
        rule=rule,
        base=BSD_CLASS if system == DARWIN else 0,
        passed=_TO_KERNEL[:count],
        doubles=(ENTER, EXIT),
        order=_HOOKED if hooks else ("",),
    )


_CALLS = (  # name, arguments, whether it tells the scheduler, summary
    ("rawsyscall", 3, False, "a system call of three arguments"),
    ("rawsyscall6", 6, False, "a system call of six arguments"),
    ("syscall", 3, True, "a system call of three arguments, between the scheduler's hooks"),
    ("syscall6", 6, True, "a system call of six arguments, between the scheduler's hooks"),
)


def _system_calls() -> list[Contract]:
    found = []
    for name, count, hooks, summary in _CALLS:
        stubs = (name,) if any(stub.name == name for stub in STUBS) else ()
        found.append(_system_call(name, LINUX, count, summary, hooks=hooks, rule=STUB_RULE, stubs=stubs))
        strict = f"{summary}; -4095 too is an error"
        found.append(
            _system_call(f"{name}-strict", LINUX, count, strict, hooks=hooks, rule=KERNEL_RULE, stubs=stubs)
        )
        found.append(_system_call(name, DARWIN, count, summary, hooks=hooks, rule=CARRY_RULE, stubs=stubs))
    return found


def _casts(system: str) -> Contract:
    stubs = tuple(s.name for s in STUBS if s.system == system and s.files[0].endswith("/cast.s"))
    return Contract(
        "casts", system, "a pointer becomes an integer, or another pointer",
        "func cast(p *byte) (r int64)",
        (c.RETURNS, c.SILENT, c.VALUE, *_WAYS_BACK),
        Space((_WORD,), answers=False, most=_FEW),
        stubs,
        order=(),
    )  # fmt: skip


_HANDLING: tuple[Clause, ...] = (c.HANDLER, c.HANDED_ON, c.G)

CONTRACTS: tuple[Contract, ...] = (
    *_system_calls(),
    _casts(LINUX),
    _casts(DARWIN),
    Contract(
        "sigtramp", LINUX, "where the kernel enters for a signal",
        "func sigtramp(sig int64, info, context *byte)",
        (c.RETURNS, c.SILENT, *_HANDLING, c.STACK, c.DIRECTION, c.WRITES),
        Space((_INT, _WORD, _WORD), answers=False, most=_FEW),
        ("sigtramp",),
        doubles=(LINUX_HANDLER,), order=(LINUX_HANDLER.name,),
        entered=("rdi", "rsi", "rdx"), thread=True,
    ),
    Contract(
        "sigtramp", DARWIN, "where the kernel enters for a signal; sigreturn is the only way back",
        "func sigtramp(handler *byte, infostyle, sig int64, info, context *byte)",
        (c.STOPS, c.ONCE, *_HANDLING, c.SIGRETURN_NUMBER, c.SIGRETURN_ARGUMENTS, c.DIRECTION, c.WRITES),
        Space((_WORD, _WORD, _INT, _WORD, _WORD), (False, True), most=_FEW),
        ("sigtramp",),
        number=BSD_CLASS + 184, passed=((4, "rdi"), (1, "rsi")),
        doubles=(DARWIN_HANDLER,), order=(DARWIN_HANDLER.name, ""),
        entered=("rdi", "rsi", "rdx", "rcx", "r8"), thread=True,
    ),
    Contract(
        "sigreturn", LINUX, "takes the signal frame off the stack again",
        "func sigreturn()",
        (c.STOPS, c.ONCE, c.SIGRETURN_NUMBER, c.FRAME, c.WRITES),
        Space((), most=_FEW),
        ("sigreturn",),
        number=15,
    ),
)  # fmt: skip


class UnknownContract(LookupError):
    """No such contract on that system; the message says what comes close."""

    def __init__(self, name: str, system: str) -> None:
        from difflib import get_close_matches

        here = names(system)
        elsewhere = sorted({contract.system for contract in CONTRACTS if contract.name == name})
        close = get_close_matches(name.lower(), here, n=3)
        hint = f"there are {', '.join(here)}"
        if elsewhere:
            hint = f"there is one on {elsewhere[0]}"
        elif close:
            hint = f"did you mean {' or '.join(close)}?"
        super().__init__(f"no contract {name} on {system}; {hint}")


def names(system: str) -> list[str]:
    """The contracts of a system, in order."""
    return [contract.name for contract in CONTRACTS if contract.system == system]


def find(name: str, system: str) -> Contract:
    """The contract of that name on "linux" or "darwin". Raises UnknownContract."""
    for contract in CONTRACTS:
        if (contract.name, contract.system) == (name.lower(), system):
            return contract
    raise UnknownContract(name, system)
