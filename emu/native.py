"""The callbacks that Unicorn calls for every instruction and access, as machine code.

A Python callback costs a microsecond and more an instruction; these cost nanoseconds (tests/bench
has the ratios). Their source is emu/hooks.s, and a test assembles it and compares it with `CODE`.
On a host that is not x86-64 System V, or forbids executable memory, ctypes callbacks do the same.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
from collections.abc import Callable
from functools import partial
from typing import Any

CODE = bytes.fromhex(
    "483bb198000000744a483b71100f8495000000488b01483b410874374c8b81080100004d85c0756348ffc04889014889"
    "71104883791800751d8bb1b0000000488d91a8000000ffa1b8000000c7415003010000ff6128534889cb488b7130488b"
    "51388b4940ff5320488b7348488b8688000000488983a8000000488b7b18488b4b40f348a548897b185bc389f2c1ea03"
    "81e2ffff1f00450fb6041089f283e207410fa3d07382eba4483b71780f8461ffffff483bb180000000741a483bb1a000"
    "0000743e5756514889f7ff9190000000595e5febd35756514889c8488b7030488b50388b4840ff5020595e5f488b4148"
    "488b4010482381880000000f8512ffffffc3488b11488b41584885c07410483950e0750a4883e82048894158ebf0c349"
    "8b41584885c074264d8b114c8910488950084c89401089701889481c4883c02049894158493b416072044d895108c389"
    "7250ff6228c74650060000004883ec08ff56284883c408b801000000c3c7465000010000ff6628c7465001010000488b"
    "06488946084883ec08ff56284883c408b801000000c34989f0eb034989c853574883ec084c89c3c7435002010000488b"
    "7330488b53388b4b40ff5320488b431048894368488b034889437048894308488b7c2408ff53284883c4085f5b31c0c3"
    "534889fb488bbbc0000000488bb3d0000000488b93d80000008b8be0000000ff93c8000000488bbbc0000000488bb3e8"
    "000000488b3631d231c94531c0ff93f000000048898300010000488bbbc0000000488b7330488b93f80000008b4b40ff"
    "53208b83000100005bc3"
)
ENTRIES = {
    "code": 0x000,
    "memory": 0x11f,
    "interrupt": 0x14f,
    "invalid": 0x155,
    "system_call": 0x16d,
    "cpuid": 0x177,
    "sysenter": 0x196,
    "port_in": 0x19b,
    "port_out": 0x19e,
    "run": 0x1e0,
}

NONE, SYSCALL, CPUID, PORT, WATCHED = 0xFFFF, 0x100, 0x101, 0x102, 0x103  # HookData.kind; below 0x100 a vector
NOWHERE = (1 << 64) - 1  # an address that no instruction has
INVALID_OPCODE = 6  # #UD
NO_LIMIT = (1 << 64) - 1
READ_AFTER, WRITE = 25, 17  # uc_mem_type of the accesses that the memory callback reports


_PREFIXES = frozenset((0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0xF0, *range(0x40, 0x50)))  # and REX
_BRANCHES = frozenset((*range(0x70, 0x80), *range(0xE0, 0xE4), 0xC2, 0xC3, 0xCA, 0xCB, 0xCF, 0xE8, 0xE9, 0xEB))


_RUN = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p)


class HookData(ctypes.Structure):
    """What the callbacks and Python share. Addresses are the host's; the layout is that of hooks.s.

    `count`: instructions that began since the start (one a REP iteration); `limit`: stop before the
    instruction number `limit`; `exit`: stop before the instruction at this address; `address`: the last
    instruction that began; `row`: where the next row of registers goes, 0 while nothing is recorded;
    `kind`: why the engine stopped; `access`: where the next `Access` goes, up to `access_end`, 0 while none
    are recorded; `port_address`, `port_count`: address and count at the last IN, OUT or SYSENTER; `flags`:
    RFLAGS when the last instruction began (after a trap the engine may have them wrong).

    An instruction that begins twice in a row is one of three, and `classify` finds out which:
    `rep_address` repeats while RCX & `rep_mask` is not zero, `plain_address` jumps to itself, and
    `straight_address` can't follow itself: the engine began it anew, as it does with an instruction that
    changes the code around it.

    `sites`: a bit for each address, by its low 24 bits, before whose instruction the engine stops with WATCHED;
    0 where there are none.
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
        ("port_address", ctypes.c_uint64),
        ("port_count", ctypes.c_uint64),
        ("plain_address", ctypes.c_uint64),
        ("rep_address", ctypes.c_uint64),
        ("rep_mask", ctypes.c_uint64),
        ("classify", ctypes.c_void_p),
        ("exit", ctypes.c_uint64),
        ("straight_address", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("flags_id", ctypes.c_uint64),
        ("read_register", ctypes.c_void_p),
        ("uc", ctypes.c_void_p),
        ("write_batch", ctypes.c_void_p),
        ("write_ids", ctypes.c_void_p),
        ("write_pointers", ctypes.c_void_p),
        ("written", ctypes.c_uint64),
        ("rip", ctypes.c_void_p),
        ("emu_start", ctypes.c_void_p),
        ("read_pointers", ctypes.c_void_p),
        ("status", ctypes.c_uint64),
        ("sites", ctypes.c_void_p),
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
    """The callbacks' addresses by name (`entries`), kept alive as long as this object is; `run` puts the
    registers into the engine, runs it, and takes them out again, and answers uc_err.

    `code_at(address)` reads up to 16 bytes of guest code. `native=False` asks for the Python
    callbacks, as tests do to compare the two.
    """

    def __init__(self, data: HookData, code_at: Callable[[int], bytes], *, native: bool = True) -> None:
        def classify(address: int) -> None:
            code = code_at(address)
            mask = repeat_mask(code)
            if mask:
                data.rep_address, data.rep_mask = address, mask
            elif branches(code):
                data.plain_address = address
            else:
                data.straight_address = address

        self.entries: dict[str, int]
        self.run: Callable[[], int]
        self._classify = ctypes.CFUNCTYPE(None, ctypes.c_uint64)(classify)
        data.classify = ctypes.cast(self._classify, ctypes.c_void_p).value
        page = _executable_page() if native else None
        if page is None:
            self._kept: Any = _python_callbacks(data, classify)
            self.entries = {n: ctypes.cast(f, ctypes.c_void_p).value or 0 for n, f in self._kept.items()}
            self.run = _python_run(data)
        else:
            self._kept = page
            base = ctypes.addressof(ctypes.c_char.from_buffer(page))
            self.entries = {name: base + offset for name, offset in ENTRIES.items()}
            self.run = partial(_RUN(self.entries["run"]), ctypes.addressof(data))


def repeat_mask(code: bytes) -> int:
    """The bits of RCX that count the iterations, if the code starts with a REP string instruction; else 0."""
    repeat, mask = False, (1 << 64) - 1
    for byte in code:
        if byte in (0xF2, 0xF3):
            repeat = True
        elif byte == 0x67:
            mask = (1 << 32) - 1
        elif byte not in _PREFIXES:
            string = 0xA4 <= byte <= 0xA7 or 0xAA <= byte <= 0xAF or 0x6C <= byte <= 0x6F
            return mask if repeat and string else 0
    return 0


def branches(code: bytes) -> bool:
    """Whether the code starts with a jump, call or return: an instruction that may be its own successor."""
    opcode = code.lstrip(bytes((*_PREFIXES, 0x67, 0xF2, 0xF3)))[:2].ljust(2, b"\0")
    if opcode[0] == 0xFF:
        return 2 <= opcode[1] >> 3 & 7 <= 5
    return opcode[0] in _BRANCHES or (opcode[0] == 0x0F and opcode[1] & 0xF0 == 0x80)


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


def _python_run(data: HookData) -> Callable[[], int]:
    """`run` of hooks.s."""
    pointer, u64 = ctypes.c_void_p, ctypes.c_uint64
    batch = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, pointer, ctypes.c_int)
    read, write = batch(data.read_batch), batch(data.write_batch)
    emu_start = ctypes.CFUNCTYPE(ctypes.c_uint32, pointer, u64, u64, u64, ctypes.c_size_t)(data.emu_start)

    def run() -> int:
        write(data.uc, data.write_ids, data.write_pointers, data.written)
        status: int = emu_start(data.uc, u64.from_address(data.rip).value, 0, 0, 0)
        read(data.uc, data.ids, data.read_pointers, data.registers)
        return status

    return run


def _python_callbacks(data: HookData, classify: Callable[[int], None]) -> dict[str, Any]:
    """hooks.s once more, routine by routine, as ctypes callbacks."""
    void, u32, u64, pointer = None, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_void_p
    row_bytes = int(data.registers) * 8
    read_batch = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, pointer, ctypes.c_int)(data.read_batch)
    emu_stop = ctypes.CFUNCTYPE(ctypes.c_int, pointer)(data.emu_stop)

    def batch(uc: int) -> None:
        read_batch(uc, data.ids, data.pointers, data.registers)

    def repeats_no_more(uc: int) -> bool:
        batch(uc)
        return not ctypes.c_uint64.from_address(data.values + 16).value & data.rep_mask

    def forget() -> None:
        before = data.access - ctypes.sizeof(Access)
        while data.access and Access.from_address(before).count == data.count:
            data.access, before = before, before - ctypes.sizeof(Access)

    def is_site(address: int) -> bool:
        return bool(ctypes.c_uint8.from_address(data.sites + (address >> 3 & 0x1FFFFF)).value >> (address & 7) & 1)

    def code(uc: int, address: int, _size: int, _data: int) -> None:
        if address == data.exit:
            emu_stop(uc)
            return
        if address == data.address and address != data.plain_address:
            if address not in (data.rep_address, data.straight_address):
                classify(address)
            if address == data.straight_address:
                forget()
                return
            if address == data.rep_address and repeats_no_more(uc):
                return
        if data.count == data.limit:
            emu_stop(uc)
            return
        if data.sites and is_site(address):
            stop(uc, WATCHED)
            return
        data.count += 1
        data.address = address
        batch(uc)
        data.flags = ctypes.c_uint64.from_address(data.values + 17 * 8).value
        if data.row:
            ctypes.memmove(data.row, data.values, row_bytes)
            data.row += row_bytes

    def memory(_uc: int, type_: int, address: int, size: int, value: int, _data: int) -> None:
        if not data.access:
            return
        Access.from_address(data.access).__init__(data.count, address, value, type_, size)  # type: ignore[misc]
        data.access += ctypes.sizeof(Access)
        if data.access >= data.access_end:
            data.limit = data.count

    def stop(uc: int, kind: int) -> int:
        data.kind = kind
        emu_stop(uc)
        return 1

    def cpuid(uc: int) -> int:
        data.limit = data.count
        return stop(uc, CPUID)

    def port(uc: int) -> int:
        batch(uc)
        data.port_address, data.port_count, data.limit = data.address, data.count, data.count
        stop(uc, PORT)
        return 0

    make = ctypes.CFUNCTYPE
    return {
        "code": make(void, pointer, u64, u32, pointer)(code),
        "memory": make(void, pointer, u32, u64, u32, u64, pointer)(memory),
        "interrupt": make(void, pointer, u32, pointer)(lambda uc, vector, _: (stop(uc, vector), None)[1]),
        "invalid": make(ctypes.c_bool, pointer, pointer)(lambda uc, _: bool(stop(uc, INVALID_OPCODE))),
        "system_call": make(void, pointer, pointer)(lambda uc, _: (stop(uc, SYSCALL), None)[1]),
        "cpuid": make(ctypes.c_int, pointer, pointer)(lambda uc, _: cpuid(uc)),
        "sysenter": make(ctypes.c_bool, pointer, pointer)(lambda uc, _: bool(port(uc))),
        "port_in": make(u32, pointer, u32, ctypes.c_int, pointer)(lambda uc, *_: port(uc)),
        "port_out": make(void, pointer, u32, ctypes.c_int, u32, pointer)(lambda uc, *_: (port(uc), None)[1]),
    }
