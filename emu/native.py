"""The callbacks that Unicorn calls for every instruction and access, as machine code.

A Python callback costs a microsecond and more an instruction; these cost nanoseconds (tests/bench
has the ratios). Their source is emu/hooks.s, and a test assembles it and compares it with `CODE`.
On a host that is not x86-64 System V, or forbids executable memory, ctypes callbacks do the same.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
from typing import Any

CODE = bytes.fromhex(
    "488b01483b4108741248ffc04889014889711048837918007504c3ff6128534889cb488b7130488b51388b4940ff5320"
    "488b7348488b7b18488b4b40f348a548897b185bc3498b41584d8b114c8910488950084c89401089701889481c4883c0"
    "2049894158493b416072044d895108c3897250ff6228c74650060000004883ec08ff56284883c408b801000000c3c746"
    "5000010000ff6628c74650010100004883ec08ff56284883c408b801000000c34989c853574883ec084c89c3c7435002"
    "010000488b7330488b53388b4b40ff5320488b7c2408ff53284883c4085f5b31c0c3"
)
ENTRIES = {
    "code": 0x00, "memory": 0x45, "interrupt": 0x70, "invalid": 0x76,
    "system_call": 0x8E, "cpuid": 0x98, "port_in": 0xB0, "port_out": 0xB3,
}  # fmt: skip

NONE, SYSCALL, CPUID, PORT = 0xFFFF, 0x100, 0x101, 0x102  # HookData.kind; below 0x100 a vector
INVALID_OPCODE = 6  # #UD
NO_LIMIT = (1 << 64) - 1
READ_AFTER, WRITE = 25, 17  # uc_mem_type of the accesses that the memory callback reports


class HookData(ctypes.Structure):
    """What the callbacks and Python share. Addresses are the host's; the layout is that of hooks.s.

    `count`: instructions that began since the start (one a REP iteration); `limit`: stop before the
    instruction number `limit`; `address`: the last instruction that began; `row`: where the next
    row of registers goes, 0 while nothing is recorded; `kind`: why the engine stopped; `access`:
    where the next `Access` goes, up to `access_end`.
    """

    _fields_ = (
        ("count", ctypes.c_uint64),
        ("limit", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("row", ctypes.c_uint64),
        ("read_batch", ctypes.c_void_p),
        ("emu_stop", ctypes.c_void_p),
        ("ids", ctypes.c_void_p),
        ("pointers", ctypes.c_void_p),
        ("registers", ctypes.c_uint64),
        ("values", ctypes.c_void_p),
        ("kind", ctypes.c_uint64),
        ("access", ctypes.c_uint64),
        ("access_end", ctypes.c_uint64),
    )


class Access(ctypes.Structure):
    """One memory access: the count it happened at, the physical address, the value, its type and size."""

    _fields_ = (
        ("count", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
        ("type", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
    )


class Callbacks:
    """The callbacks' addresses by name (`entries`), kept alive as long as this object is.

    `native=False` asks for the Python ones, as tests do to compare the two.
    """

    def __init__(self, library: Any, data: HookData, *, native: bool = True) -> None:
        self.entries: dict[str, int]
        page = _executable_page() if native else None
        if page is None:
            self._kept: Any = _python_callbacks(library, data)
            self.entries = {n: ctypes.cast(f, ctypes.c_void_p).value or 0 for n, f in self._kept.items()}
        else:
            self._kept = page
            base = ctypes.addressof(ctypes.c_char.from_buffer(page))
            self.entries = {name: base + offset for name, offset in ENTRIES.items()}


def _executable_page() -> mmap.mmap | None:
    """A page that holds CODE, or None where the host can't run it."""
    if platform.machine() not in ("x86_64", "AMD64") or platform.system() == "Windows":
        return None
    try:
        page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return None
    page.write(CODE)
    return page


def _python_callbacks(library: Any, data: HookData) -> dict[str, Any]:
    """hooks.s once more, routine by routine, as ctypes callbacks."""
    void, u32, u64, pointer = None, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_void_p
    row_bytes = int(data.registers) * 8

    def batch(uc: int) -> None:
        library.uc_reg_read_batch(
            pointer(uc), pointer(data.ids), pointer(data.pointers), ctypes.c_int(data.registers)
        )

    def code(uc: int, address: int, _size: int, _data: int) -> None:
        if data.count == data.limit:
            library.uc_emu_stop(pointer(uc))
            return
        data.count += 1
        data.address = address
        if data.row:
            batch(uc)
            ctypes.memmove(data.row, data.values, row_bytes)
            data.row += row_bytes

    def memory(_uc: int, type_: int, address: int, size: int, value: int, _data: int) -> None:
        Access.from_address(data.access).__init__(data.count, address, value, type_, size)  # type: ignore[misc]
        data.access += ctypes.sizeof(Access)
        if data.access >= data.access_end:
            data.limit = data.count

    def stop(uc: int, kind: int) -> int:
        data.kind = kind
        library.uc_emu_stop(pointer(uc))
        return 1

    def port(uc: int) -> int:
        batch(uc)
        stop(uc, PORT)
        return 0

    make = ctypes.CFUNCTYPE
    return {
        "code": make(void, pointer, u64, u32, pointer)(code),
        "memory": make(void, pointer, u32, u64, u32, u64, pointer)(memory),
        "interrupt": make(void, pointer, u32, pointer)(lambda uc, vector, _: (stop(uc, vector), None)[1]),
        "invalid": make(ctypes.c_bool, pointer, pointer)(lambda uc, _: bool(stop(uc, INVALID_OPCODE))),
        "system_call": make(void, pointer, pointer)(lambda uc, _: (stop(uc, SYSCALL), None)[1]),
        "cpuid": make(ctypes.c_int, pointer, pointer)(lambda uc, _: stop(uc, CPUID)),
        "port_in": make(u32, pointer, u32, ctypes.c_int, pointer)(lambda uc, *_: port(uc)),
        "port_out": make(void, pointer, u32, ctypes.c_int, u32, pointer)(lambda uc, *_: (port(uc), None)[1]),
    }
