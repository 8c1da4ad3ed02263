"""Unicorn, set up as a processor that is already in ring 3 with paging on; every call goes through ctypes.

The binding's own calls cost microseconds each, so what runs often (start, batches of registers,
saved contexts) is called directly. facts of the engine that this file rests on are tested in
tests/emu/test_engine.py.
"""

from __future__ import annotations

import ctypes
import struct
from array import array
from typing import Any, NamedTuple

from unicorn import UC_ARCH_X86, UC_MODE_64, Uc, UcError
from unicorn import unicorn_const as uc_const
from unicorn import x86_const as x86
from unicorn.unicorn_py3.unicorn import uclib

from emu import native
from emu.fpu import Fpu
from emu.mmu import KERNEL_BASE, AddressSpace
from emu.ram import PAGE, Ram
from kernel_stub.cpu import GENERAL, INDEX

RECORDED = (*GENERAL, "fs_base", "gs_base")  # the registers of a batch and of a recorded row
MXCSR, FPU_CONTROL, FPU_EMPTY = 0x1F80, 0x37F, 0xFFFF  # as execve leaves them; the last is the tag word
PAGE_FAULT = 14

_WRITTEN = tuple(name for name in RECORDED if name != "rip")  # RIP goes to uc_emu_start
_GDT, _STACK, _CODE = KERNEL_BASE, KERNEL_BASE + PAGE, KERNEL_BASE + 2 * PAGE
_UNMAPPED = KERNEL_BASE + 3 * PAGE
_CODE_SEGMENT, _DATA_SEGMENT = 0x00AF_FB00_0000_FFFF, 0x00CF_F300_0000_FFFF  # DPL 3: 64-bit code, data
_KERNEL_CODE, _KERNEL_DATA = 0x00AF_9B00_0000_FFFF, 0x00CF_9300_0000_FFFF  # DPL 0
_CR0 = 0x8005_0033  # PG, AM, WP, NE, ET, MP, PE: SMSW shows it to ring 3
_CR4 = 0x0004_0624  # OSXSAVE, OSXMMEXCPT, OSFXSR, PAE; TSD: RDTSC in ring 3 is the kernel's to answer
_EFER, _EFER_BITS = 0xC000_0080, 0xD01  # NXE, LMA, LME, SCE
_IRETQ = b"\x48\xcf"

_emu_start = uclib["uc_emu_start"]
_emu_start.argtypes = (ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_size_t)
_read_batch, _write_batch = uclib["uc_reg_read_batch"], uclib["uc_reg_write_batch"]
_read_batch.argtypes = _write_batch.argtypes = (
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int,
)  # fmt: skip
_hook_add = uclib["uc_hook_add"]
_hook_add.argtypes = None  # variadic: the instruction of an INSN hook follows


class _Layout(NamedTuple):
    """Where a saved engine context keeps what no register gives: byte offsets of 32-bit words."""

    last_fault: int
    error_code: int


def _check(status: int) -> None:
    if status:
        raise UcError(status)


class _Batch:
    """Registers that are read or written in one call, between the engine and an array of words."""

    def __init__(self, names: tuple[str, ...], address_of: dict[str, int]) -> None:
        ids = [getattr(x86, f"UC_X86_REG_{name.upper()}") for name in names]
        self.ids = (ctypes.c_int * len(ids))(*ids)
        self.pointers = (ctypes.c_uint64 * len(ids))(*(address_of[name] for name in names))
        self.arguments = (ctypes.addressof(self.ids), ctypes.addressof(self.pointers), len(ids))


class Engine:
    """Unicorn over `ram`, in ring 3 under the page tables of `space`, its registers mirrored in `values`.

    `values` is the array of a kernel_stub.cpu.Registers: `run` loads it, runs, and fills it again.
    `data` is what the callbacks count and keep (native.HookData); `kept` holds the registers in
    RECORDED order as the callbacks last read them.
    """

    _layout: _Layout | None = None  # of the library, found once in a process

    def __init__(
        self, ram: Ram, space: AddressSpace, values: array[int], selectors: tuple[int, int], native_callbacks: bool
    ) -> None:
        self.data = native.HookData(limit=native.NO_LIMIT, kind=native.NONE, exit=native.NOWHERE)
        self._uc = Uc(UC_ARCH_X86, UC_MODE_64)
        # The richest model without RDRAND and RDSEED, which would bring the host's randomness into a run.
        self._uc.ctl_set_cpu_model(x86.UC_CPU_X86_SANDYBRIDGE)
        self._handle: Any = self._uc._uch
        self._values = values
        self._uc.mem_map_ptr(0, ram.size, uc_const.UC_PROT_ALL, ram.host_address)
        self._uc.ctl_exits_enabled(True)
        self._uc.ctl_set_exits([])
        self._prepare_batches()
        self._callbacks = native.Callbacks(self.data, space.code_at, native=native_callbacks)
        self._install_hooks()
        self._context = self._uc.context_save()
        before = self._words()
        self._enter_ring_3(ram, space, *selectors)
        if Engine._layout is None:
            Engine._layout = self._find_layout(before)
        self.forget_fault()
        self.data.count = 0
        self._records_accesses = False
        self.fpu = Fpu(
            lambda *batch: _check(_read_batch(self._handle, *batch)),
            lambda *batch: _check(_write_batch(self._handle, *batch)),
        )

    # Running --------------------------------------------------------------------------------------

    def run(self) -> int:
        """Runs from RIP in `values` until a callback stops it, or the limit or an exit; answers uc_err."""
        return self._callbacks.run()

    def set_exit(self, address: int | None) -> None:
        """The address at which a run ends without a trap. The engine's own exits must be mapped; ours not."""
        self.data.exit = native.NOWHERE if address is None else address

    def flush(self, *, code: bool) -> None:
        """Drops the TLB, and with `code` every translated block as well."""
        if code:
            self._uc.ctl_flush_tb()
        self._uc.ctl(uc_const.UC_CTL_TLB_FLUSH, uc_const.UC_CTL_IO_WRITE)

    def use_tables(self, root: int) -> None:
        """Switches to another address space (CR3)."""
        self._uc.reg_write(x86.UC_X86_REG_CR3, root)

    def record_accesses(self) -> None:
        """Calls the memory callback from now on. Blocks already translated are translated anew."""
        if self._records_accesses:
            return
        self._records_accesses = True
        self._hook(uc_const.UC_HOOK_MEM_READ_AFTER | uc_const.UC_HOOK_MEM_WRITE, "memory")
        self.flush(code=True)

    @property
    def page_fault_address(self) -> int:
        """CR2."""
        return int(self._uc.reg_read(x86.UC_X86_REG_CR2))

    def forget_fault(self) -> int:
        """Clears the engine's last fault, and answers the error code of it.

        The engine never delivers an exception to the guest, so it would take the next fault for one
        in the delivery of the last: a double fault. The field is in the saved context only.
        """
        assert Engine._layout is not None
        self._uc.context_update(self._context)
        base = ctypes.cast(self._context.context, ctypes.c_void_p).value or 0
        error_code = ctypes.c_uint32.from_address(base + Engine._layout.error_code).value
        ctypes.c_int32.from_address(base + Engine._layout.last_fault).value = -1
        self._uc.context_restore(self._context)
        return error_code

    # Setting up -----------------------------------------------------------------------------------

    def _prepare_batches(self) -> None:
        base = self._values.buffer_info()[0]
        addresses = {name: base + 8 * INDEX[name] for name in RECORDED}
        self._read, self._write = _Batch(RECORDED, addresses), _Batch(_WRITTEN, addresses)
        self.kept = (ctypes.c_uint64 * len(RECORDED))()
        start = ctypes.addressof(self.kept)
        self._keep = _Batch(RECORDED, {name: start + 8 * i for i, name in enumerate(RECORDED)})
        data = self.data
        data.ids, data.pointers, data.registers = self._keep.arguments
        data.values = start
        data.read_batch = ctypes.cast(uclib.uc_reg_read_batch, ctypes.c_void_p).value
        data.flags_id = x86.UC_X86_REG_RFLAGS
        data.read_register = ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p).value
        data.uc = self._handle
        data.write_batch = ctypes.cast(uclib.uc_reg_write_batch, ctypes.c_void_p).value
        data.write_ids, data.write_pointers, data.written = self._write.arguments
        data.rip, data.read_pointers = addresses["rip"], self._read.arguments[1]
        data.emu_start = ctypes.cast(uclib.uc_emu_start, ctypes.c_void_p).value
        data.emu_stop = ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p).value

    def _enter_ring_3(self, ram: Ram, space: AddressSpace, code: int, stack: int) -> None:
        """Turns paging on and returns from a made-up interrupt, the one way to CPL 3 that Unicorn takes."""
        gdt, frame, page = ram.allocate(), ram.allocate(), ram.allocate()
        descriptors = {0x08: _KERNEL_CODE, 0x10: _KERNEL_DATA, code & ~7: _CODE_SEGMENT, stack & ~7: _DATA_SEGMENT}
        for selector, descriptor in descriptors.items():
            struct.pack_into("<Q", ram.view, gdt + selector, descriptor)
        struct.pack_into("<5Q", ram.view, frame, _CODE, code, 0x2, 0, stack)
        ram.view[page : page + 2] = _IRETQ
        for address, physical in ((_GDT, gdt), (_STACK, frame), (_CODE, page)):
            space.map_supervisor(address, physical, writable=address != _CODE, executable=address == _CODE)
        write = self._uc.reg_write
        write(x86.UC_X86_REG_GDTR, (0, _GDT, 0x3F, 0))
        write(x86.UC_X86_REG_CR3, space.root)
        write(x86.UC_X86_REG_CR4, _CR4)
        write(x86.UC_X86_REG_MSR, (_EFER, _EFER_BITS))
        write(x86.UC_X86_REG_CR0, _CR0)
        write(x86.UC_X86_REG_MXCSR, MXCSR)
        write(x86.UC_X86_REG_FPCW, FPU_CONTROL)
        write(x86.UC_X86_REG_FPTAG, FPU_EMPTY)
        write(x86.UC_X86_REG_RSP, _STACK)
        _emu_start(self._handle, _CODE, 0, 0, 0)  # IRETQ, and then the fetch in ring 3 faults

    def _install_hooks(self) -> None:
        self._hook(uc_const.UC_HOOK_CODE, "code")
        self._hook(uc_const.UC_HOOK_INTR, "interrupt")
        self._hook(uc_const.UC_HOOK_INSN_INVALID, "invalid")
        self._hook(uc_const.UC_HOOK_INSN, "system_call", x86.UC_X86_INS_SYSCALL)
        self._hook(uc_const.UC_HOOK_INSN, "cpuid", x86.UC_X86_INS_CPUID)
        self._hook(uc_const.UC_HOOK_INSN, "sysenter", x86.UC_X86_INS_SYSENTER)
        self._hook(uc_const.UC_HOOK_INSN, "port_in", x86.UC_X86_INS_IN)
        self._hook(uc_const.UC_HOOK_INSN, "port_out", x86.UC_X86_INS_OUT)

    def _hook(self, kind: int, entry: str, *extra: int) -> None:
        made = ctypes.c_size_t()
        status = _hook_add(
            self._handle, ctypes.byref(made), kind, ctypes.c_void_p(self._callbacks.entries[entry]),
            ctypes.c_void_p(ctypes.addressof(self.data)), ctypes.c_uint64(1), ctypes.c_uint64(0), *extra,
        )  # fmt: skip
        if status:
            raise UcError(status)

    def _find_layout(self, before: list[int]) -> _Layout:
        """Which words of a saved context tell of the last fault: ring 3 just fetched from a ring-0 page.

        That set the vector 14 and the error code 0x15; a fetch where nothing is mapped sets 0x14.
        """
        after = self._words()
        last = [i for i, pair in enumerate(zip(before, after, strict=True)) if pair == (-1, PAGE_FAULT)]
        codes = [i for i, word in enumerate(after) if word == 0x15]
        for candidate in codes if len(last) == 1 else []:
            Engine._layout = _Layout(4 * last[0], 4 * candidate)
            self.forget_fault()
            _emu_start(self._handle, _UNMAPPED, 0, 0, 0)
            if self._words()[candidate] == 0x14:
                return Engine._layout
        raise RuntimeError("this release of Unicorn keeps its last fault where it can't be found")

    def _words(self) -> list[int]:
        self._uc.context_update(self._context)
        words = ctypes.cast(self._context.context, ctypes.POINTER(ctypes.c_int32))
        return words[: self._context.size // 4]
