"""Sizes and offsets of the signal structs, as the host's kernel headers have them."""

from __future__ import annotations

import pytest

from kernel_stub.layout import Layout
from kernel_stub.linux import fpstate
from kernel_stub.linux.structs import FPSTATE, SIGCONTEXT, SIGINFOS, STACK, SW_RESERVED, XSTATE, XSTATE_HEADER

HEADERS = """
#include <stddef.h>
#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
"""

STRUCTS: dict[str, tuple[Layout, str, dict[str, str]]] = {
    "sigcontext": (SIGCONTEXT, "struct sigcontext", {"reserved1": "reserved1"}),
    "stack_t": (STACK, "stack_t", {}),
    "_fpx_sw_bytes": (SW_RESERVED, "struct _fpx_sw_bytes", {}),
    "_header": (XSTATE_HEADER, "struct _header", {"xfeatures": "xfeatures"}),
    "_fpstate_64": (
        FPSTATE,
        "struct _fpstate_64",
        {
            **{f"st{i}": f"st_space[{4 * i}]" for i in range(8)},
            **{f"xmm{i}": f"xmm_space[{4 * i}]" for i in range(16)},
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRUCTS)
def test_offsets(name, host_cc):
    layout, c_name, others = STRUCTS[name]
    fields = {
        path: f"offsetof({c_name}, {others.get(path, path)})"
        for path in layout.fields
        if path not in ("reserved2", "reserved1")
    }
    values = host_cc.values(HEADERS, [*fields.values(), f"sizeof({c_name})"])
    assert {path: layout.fields[path].offset for path in fields} == {path: values[c] for path, c in fields.items()}
    assert values[f"sizeof({c_name})"] == layout.size


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("kill", ("si_signo", "si_errno", "si_code", "si_pid", "si_uid")),
        ("rt", ("si_pid", "si_uid", "si_value")),
        ("fault", ("si_addr",)),
        ("timer", ("si_tid", "si_overrun", "si_value", "si_sys_private")),
        ("chld", ("si_pid", "si_uid", "si_status", "si_utime", "si_stime")),
        ("poll", ("si_band", "si_fd")),
        ("sys", ("si_call_addr", "si_syscall", "si_arch")),
    ],
)
def test_siginfo(kind, names, host_cc):
    layout = SIGINFOS[kind]
    others = {"si_value": "_sifields._rt._sigval", "si_tid": "_sifields._timer._tid"}
    if kind == "timer":
        others |= {"si_value": "_sifields._timer._sigval"}
    expressions = {name: f"offsetof(siginfo_t, {others.get(name, name)})" for name in names}
    values = host_cc.values(HEADERS, [*expressions.values(), "sizeof(siginfo_t)"])
    assert {name: layout.fields[name].offset for name in names} == {n: values[e] for n, e in expressions.items()}
    assert values["sizeof(siginfo_t)"] == layout.size


def test_the_xsave_area(host_cc):
    found = host_cc.values(
        HEADERS, ["offsetof(struct _xstate, xstate_hdr)", "FP_XSTATE_MAGIC1", "FP_XSTATE_MAGIC2", "sizeof(int)"]
    )
    assert list(found.values())[:3] == [
        XSTATE.fields["xstate_hdr.xfeatures"].offset,
        fpstate.MAGIC1,
        fpstate.MAGIC2,
    ]
