"""Darwin's structs and signal constants against Apple's headers, through Apple's own layout of them."""

from __future__ import annotations

import pytest

from kernel_stub.darwin import altstack, faults, siginfo, signal_frame, structs
from kernel_stub.layout import Layout

# The kernel's view of an mcontext: names without underscores, as the headers have them for old programs.
HEADERS = "#include <signal.h>\n#include <sys/ucontext.h>\n#include <sys/time.h>\n"
KERNEL = "#include <mach/exception_types.h>\n#include <mach/i386/exception.h>\n#include <mach/kern_return.h>\n"
C_TYPES = {
    "__sigaction": (structs.NEW_SIGACTION, "struct __sigaction"),
    "sigaction": (structs.OLD_SIGACTION, "struct sigaction"),
    "stack_t": (structs.STACK, "stack_t"),
    "siginfo": (structs.SIGINFO, "siginfo_t"),
    "timeval": (structs.TIMEVAL, "struct timeval"),
    "itimerval": (structs.ITIMERVAL, "struct itimerval"),
    "es": (structs.EXCEPTION_STATE, "_STRUCT_X86_EXCEPTION_STATE64"),
    "ss": (structs.THREAD_STATE, "_STRUCT_X86_THREAD_STATE64"),
    "fs": (structs.FLOAT_STATE, "_STRUCT_X86_FLOAT_STATE64"),
    "mcontext64": (structs.MCONTEXT, "_STRUCT_MCONTEXT64"),
    "ucontext64": (structs.UCONTEXT, "ucontext_t"),
}
SPECIAL = {"uc_mcontext64": "uc_mcontext", "sa_handler": "__sigaction_u"}


def member(layout: Layout, path: str) -> str:
    """What a program compiled today calls the field."""
    if layout in (structs.EXCEPTION_STATE, structs.THREAD_STATE, structs.FLOAT_STATE, structs.MCONTEXT):
        return ".".join(f"__{part}" for part in path.split("."))
    return SPECIAL.get(path, path)


@pytest.mark.parametrize("name", C_TYPES)
def test_every_field_lies_where_the_header_puts_it(apple_cc, name):
    layout, c_type = C_TYPES[name]
    paths = list(layout.fields)
    offsets = [f"__builtin_offsetof({c_type}, {member(layout, path)})" for path in paths]
    sizes = [f"sizeof((({c_type} *)0)->{member(layout, path)})" for path in paths]
    real = apple_cc.values(HEADERS, [*offsets, *sizes, f"sizeof({c_type})"])
    assert real[f"sizeof({c_type})"] == layout.size
    ours = [(field.offset, field.size) for field in layout.fields.values()]
    assert ours == [(real[offset], real[size]) for offset, size in zip(offsets, sizes, strict=True)]


def test_exception_codes_are_the_headers(apple_cc):
    names = {
        0: "EXC_I386_DIV", 1: "EXC_I386_SGL", 3: "EXC_I386_BPT", 4: "EXC_I386_INTO", 5: "EXC_I386_BOUND",
        6: "EXC_I386_INVOP", 10: "EXC_I386_INVTSSFLT", 11: "EXC_I386_SEGNPFLT", 12: "EXC_I386_STKFLT",
        13: "EXC_I386_GPFLT", 16: "EXC_I386_EXTERR", 17: "EXC_I386_GPFLT", 19: "EXC_I386_SSEEXTERR",
    }  # fmt: skip
    real = apple_cc.values(KERNEL, set(names.values()))
    assert {vector: real[name] for vector, name in names.items()} == faults.CODES


def test_kern_returns_are_the_headers(apple_cc):
    real = apple_cc.values(KERNEL, ["KERN_INVALID_ADDRESS", "KERN_PROTECTION_FAILURE"])
    assert real == {
        "KERN_INVALID_ADDRESS": faults.KERN_INVALID_ADDRESS,
        "KERN_PROTECTION_FAILURE": faults.KERN_PROTECTION_FAILURE,
    }


def test_codes_without_a_meaning_are_zero(apple_cc):
    assert set(apple_cc.values(HEADERS, ["ILL_NOOP", "FPE_NOOP", "SEGV_NOOP"]).values()) == {0}


def test_the_floating_point_codes_are_the_headers(apple_cc):
    names = ("FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND", "FPE_FLTRES", "FPE_FLTINV")
    real = apple_cc.values(HEADERS, names)
    assert [code for _, code in siginfo.FLOAT_CODES] == [real[name] for name in names]


def test_the_headers_least_stack_is_more_than_the_kernels(apple_cc):
    real = apple_cc.values(HEADERS, ["MINSIGSTKSZ"])["MINSIGSTKSZ"]
    assert (altstack.OLDMINSIGSTKSZ, real) == (8192, 32768)


def test_a_frame_is_the_three_structs(apple_cc):
    sizes = [f"sizeof({C_TYPES[name][1]})" for name in ("mcontext64", "siginfo", "ucontext64")]
    assert sum(apple_cc.values(HEADERS, sizes).values()) == signal_frame.SIZE
