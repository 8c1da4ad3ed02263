"""Which signal a processor exception becomes: the host's processor and kernel say it, for real instructions."""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import os
import platform
import resource
import signal
import sys

import pytest

from kernel_stub.cpu import Fault
from kernel_stub.linux.personality import LINUX

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

# Vector and error code of the exception, and code that raises it.
CODE = {
    "xor ecx, ecx; div ecx": (Fault(0), "31c9 f7f1"),
    "icebp": (Fault(1), "f1"),
    "int3": (Fault(3), "cc"),
    "ud2": (Fault(6), "0f0b"),
    "mov es, 0x3b (no such segment)": (Fault(13, 0x38), "b83b000000 8ec0"),
    "mov rbp, 1<<63; mov eax, [rbp] (a non-canonical stack address)": (
        Fault(12), "48bd0000000000000080 8b4500"
    ),
    "mov rcx, 1<<63; mov eax, [rcx] (a non-canonical address)": (Fault(13), "48b90000000000000080 8b01"),
    "hlt": (Fault(13), "f4"),
    "int 0x50 (a gate that isn't for users)": (Fault(13, 0x50 << 3 | 2), "cd50"),
    "mov eax, [0xf1]": (Fault(14, 4, 0xF1), "8b0425f1000000"),
    "mov [rip], eax (into its own read-only page)": (Fault(14, 7), "890500000000"),
    "fldcw 0; fld1; fldz; fdivp; fwait": (
        Fault(16), "6a00 d92c24 d9e8 d9ee def9 9b"
    ),
    "AC set; mov eax, [rsp+1]": (Fault(17), "9c 810c2400000400 9d 8b442401"),
    "ldmxcsr 0; divss 1/0": (
        Fault(19), "6a00 0fae1424 b80000803f 660f6ec0 0f57c9 f30f5ec1"
    ),
}  # fmt: skip


def signal_of(code: bytes) -> str:
    """Run the bytes in a child; the name of the signal that killed it."""
    page = mmap.mmap(-1, mmap.PAGESIZE)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        faulthandler.disable()
        for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP):
            signal.signal(number, signal.SIG_DFL)
        ctypes.CDLL(None).mprotect(ctypes.c_void_p(address), ctypes.c_size_t(mmap.PAGESIZE), 5)
        ctypes.CFUNCTYPE(None)(address)()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "the code ran through"
    return signal.Signals(os.WTERMSIG(status)).name


@pytest.mark.parametrize("name", CODE)
def test_signal_of_a_fault(name: str) -> None:
    fault, code = CODE[name]
    assert LINUX.fault_signal(fault) == signal_of(bytes.fromhex(code))
