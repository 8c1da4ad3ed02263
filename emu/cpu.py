"""The processor: user code runs until a trap, and every retired instruction is counted.

What the engine does otherwise than the hardware is mended here: RCX and R11 after SYSCALL, IN and
OUT that do not fault in ring 3, INT n past the gates, INT1, RDTSC and RDPMC, RFLAGS.RF, and faults at
non-canonical addresses. RFLAGS at a trap are those of its instruction's beginning: the engine, which puts
off computing them, may have lost them by then.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

from emu import native
from emu.engine import PAGE_FAULT, RECORDED, Engine
from emu.hardware import is_canonical, stack_pointer_before, uses_stack_segment, without_prefixes, writes_what_it_reads
from emu.mmu import AddressSpace
from emu.ram import Ram
from emu.sites import Sites
from kernel_stub.cpu import ALIGNMENT_CHECK, INDEX, INTERRUPTS, Fault, Registers

if TYPE_CHECKING:
    from emu.checked import Checks

DEBUG, BREAKPOINT, OVERFLOW, INVALID_OPCODE, STACK, GENERAL_PROTECTION = 1, 3, 4, 6, 12, 13
WRITE, FETCH = 0x2, 0x10  # in a page fault's error code
FLAGS_AT_START = INTERRUPTS | 0x2
RESUME = 0x10000  # RFLAGS.RF, which a fault sets and the next instruction clears

_WITH_ERROR_CODE = frozenset((8, 10, 11, STACK, GENERAL_PROTECTION, PAGE_FAULT, 17))
_TRAPS = frozenset((DEBUG, BREAKPOINT, OVERFLOW))  # reported behind the instruction; the others are faults
_RDTSC, _RDTSCP, _RDPMC = b"\x0f\x31", b"\x0f\x01\xf9", b"\x0f\x33"
_STRING_PORT = frozenset((b"\x6c", b"\x6d", b"\x6e", b"\x6f"))  # INS and OUTS
_INT_N, _INT1, _SYSENTER = 0xCD, b"\xf1", b"\x0f\x34"
_RIP, _RCX, _R11, _RFLAGS = INDEX["rip"], INDEX["rcx"], INDEX["r11"], INDEX["rflags"]


class Stop(IntEnum):
    """Why `Cpu.run` came back."""

    LIMIT = 0  # the instruction count was reached
    EXIT = 1  # RIP is the exit address
    SYSCALL = 2  # RIP behind the SYSCALL, RCX and R11 as the hardware leaves them
    FAULT = 3  # `fault` says which; RIP at the instruction (behind it for INT n and INT1)
    CPUID = 4  # RIP behind it; EAX, EBX, ECX, EDX wait for an answer
    RDTSC = 5  # RIP still at it


class Cpu:
    """One x86-64 processor in user mode over `space`.

    `registers` is the trapframe: filled at each stop, loaded at each run. `retired` counts
    instructions; an iteration of a REP string instruction counts as one, as a hardware single-step
    traps. `user_gates` are the vectors that INT n may reach from ring 3, as the kernel's IDT has them.
    """

    def __init__(
        self,
        ram: Ram,
        space: AddressSpace,
        *,
        selectors: tuple[int, int] = (0x33, 0x2B),
        user_gates: frozenset[int] = frozenset((BREAKPOINT, OVERFLOW)),
        native_callbacks: bool = True,
    ) -> None:
        self.space = space
        self.registers = Registers(rflags=FLAGS_AT_START, cs=selectors[0], ss=selectors[1])
        self.engine = Engine(ram, space, self.registers.values, selectors, native_callbacks)
        self.data = self.engine.data
        self.fault = Fault(0)
        self._user_gates = user_gates
        self._exit: int | None = None
        self._start = 0  # what `data.count` was when the run began
        self._stale_pages = self._stale_code = True
        self._root = space.root  # of the tables that the engine walks
        self._sites = Sites()
        self._fpu = self.engine.fpu
        space.changed = self.invalidate

    @cached_property
    def _checks(self) -> Checks:
        """What few programs need, so it is imported for those alone."""
        from emu.checked import Checks

        return Checks(self.space, self.registers, self._fpu)

    @property
    def retired(self) -> int:
        """Instructions retired since the start."""
        return int(self.data.count)

    @property
    def exit_address(self) -> int | None:
        """An address whose fetch ends a run without a trap. It need not be mapped."""
        return self._exit

    @exit_address.setter
    def exit_address(self, address: int | None) -> None:
        self._exit = address
        self.engine.set_exit(address)

    def invalidate(self, code: bool) -> None:
        """Mappings (or code as well) changed behind the engine's back: drop its caches before the next run."""
        self._stale_pages = True
        self._stale_code = self._stale_code or code

    def _drop_caches(self) -> None:
        if self._root != self.space.root:
            self._root = self.space.root
            self.engine.use_tables(self._root)
        self.engine.flush(code=self._stale_code)
        self.data.plain_address = self.data.rep_address = self.data.straight_address = native.NOWHERE
        self._stale_pages = self._stale_code = False
        if self.space.new_code:
            self._sites.scan(self.space, self.space.new_code)
            self.space.new_code.clear()
            self.data.sites = self._sites.address

    def run(self, count: int | None = None) -> Stop:
        """Runs from `registers` until a trap, at most `count` instructions (None: without bound)."""
        data = self.data
        if self._stale_pages:
            self._drop_caches()
        limit = native.NO_LIMIT if count is None else data.count + count
        if self._fpu.unmasked or self.registers.values[_RFLAGS] & ALIGNMENT_CHECK:  # as in Checks.needed
            return self._run_checked(limit)
        stop = self._run_to(limit)
        return self._run_checked(limit) if stop is None else stop

    def _run_to(self, limit: int) -> Stop | None:
        """Runs until a trap, or until `data.count` is `limit`; None before an instruction at a site."""
        data, values = self.data, self.registers.values
        self._start = data.count
        data.limit = limit
        data.kind = native.NONE
        data.address = native.NOWHERE
        if values[_RFLAGS] & RESUME:
            values[_RFLAGS] &= ~RESUME
        status = self.engine.run()
        kind = data.kind
        if kind == native.SYSCALL:
            values[_RCX] = values[_RIP]
            values[_R11] = values[_RFLAGS] = data.flags
            return Stop.SYSCALL
        if kind == native.NONE and not status:
            return Stop.EXIT if values[_RIP] == self._exit else Stop.LIMIT
        return None if kind == native.WATCHED else self._trapped(kind, status)

    def _run_checked(self, limit: int) -> Stop:
        """The same for what the engine does not check: step by step, and on at full speed where nothing is to check.

        May come back with LIMIT when a recorder has no more room.
        """
        data = self.data
        while data.count < limit:
            stepped = self._checked_step()
            if stepped is not Stop.LIMIT or (data.access and data.access >= data.access_end):
                return stepped
            stop = None if self._checks.needed else self._run_to(limit)
            if stop is not None:
                return stop
        return Stop.LIMIT

    def _checked_step(self) -> Stop:
        """One instruction, unless it raises an exception that the engine doesn't know."""
        data = self.data
        if self.registers.rip == self._exit:
            return Stop.EXIT
        fault = self._checks.before()
        if fault is not None:
            return self._faulted(fault)
        count, data.sites = data.count, 0
        stop = self._run_to(count + 1)
        data.sites = self._sites.address
        self._checks.after(data.count != count)
        assert stop is not None  # there were no sites
        return stop

    @property
    def _began(self) -> bool:
        """Whether an instruction began in this run: it is then the one at `data.address`."""
        return bool(self.data.count != self._start)

    def _trapped(self, kind: int, status: int) -> Stop:
        """Everything but a SYSCALL or a plain stop: what the hardware would have reported."""
        data, registers = self.data, self.registers
        if kind == native.NONE:
            raise RuntimeError(f"the engine stopped with error {status} at {registers.rip:#x}")
        if kind == native.PORT:
            self._undo_privileged()
            sysenter = self._opcode(registers.rip).startswith(_SYSENTER)
            return self._faulted(Fault(INVALID_OPCODE if sysenter else GENERAL_PROTECTION))
        error_code = 0 if kind == native.CPUID else self.engine.forget_fault()
        fetching = kind == PAGE_FAULT and error_code & FETCH
        if self._began and kind != DEBUG and not fetching:  # TF traps when its instruction has retired
            registers.rflags = data.flags
            if data.address == registers.rip:
                data.count -= 1  # it began and did not retire
        if kind == native.CPUID:
            return Stop.CPUID
        if registers.rip == self._exit and kind == PAGE_FAULT and (data.address != registers.rip or not self._began):
            return Stop.EXIT  # it is not mapped
        if self._began and data.address != registers.rip and self._opcode(data.address)[:2] == bytes((_INT_N, kind)):
            return self._software_interrupt(kind)
        if kind == PAGE_FAULT:
            if fetching and data.count == data.limit:
                return Stop.LIMIT  # the next instruction's fault
            return self._faulted(self._page_fault(error_code))
        if kind == GENERAL_PROTECTION:
            return self._protected(error_code)
        if kind == INVALID_OPCODE:
            return self._undefined()
        return self._faulted(Fault(kind, error_code if kind in _WITH_ERROR_CODE else 0))

    def _page_fault(self, error_code: int) -> Fault:
        if not error_code & FETCH and self._opcode(self.registers.rip)[:1] in _STRING_PORT:
            return Fault(GENERAL_PROTECTION)  # the I/O privilege comes before the memory
        if not error_code & (FETCH | WRITE) and writes_what_it_reads(self.space.code_at(self.registers.rip)):
            error_code |= WRITE
        return Fault(PAGE_FAULT, error_code, self.engine.page_fault_address)

    def _opcode(self, address: int) -> bytes:
        """The code at an address from the opcode on."""
        return without_prefixes(self.space.code_at(address))

    def _size(self, opcode: bytes) -> int:
        """Bytes of the instruction at RIP, which is this opcode after any prefixes."""
        code = self.space.code_at(self.registers.rip)
        return len(code) - len(without_prefixes(code)) + len(opcode)

    def _undefined(self) -> Stop:
        """The engine's vector 6: RDPMC, INT 6, INT1, or truly no instruction."""
        opcode = self._opcode(self.registers.rip)
        if opcode.startswith(_RDPMC):
            return self._faulted(Fault(GENERAL_PROTECTION))
        if opcode[:2] == bytes((_INT_N, INVALID_OPCODE)):
            return self._faulted(_gate_fault(INVALID_OPCODE))
        if not opcode.startswith(_INT1):
            return self._faulted(Fault(INVALID_OPCODE))
        self.registers.rip += self._size(_INT1)
        self.data.count += 1
        return self._faulted(Fault(DEBUG))

    def _protected(self, error_code: int) -> Stop:
        """The engine's vector 13: RDTSC, a branch to nowhere, the stack segment, or truly a protection fault."""
        data, registers = self.data, self.registers
        if self._began and not is_canonical(registers.rip):
            registers.rip = data.address  # the branch itself faults
            registers.rsp = stack_pointer_before(self.space.code_at(data.address), registers.rsp)
            data.count -= 1
        elif not error_code:
            if self._opcode(registers.rip).startswith((_RDTSC, _RDTSCP)):
                return Stop.RDTSC
            if uses_stack_segment(self.space.code_at(registers.rip), registers):
                return self._faulted(Fault(STACK))
        return self._faulted(Fault(GENERAL_PROTECTION, error_code))

    def _faulted(self, fault: Fault) -> Stop:
        self.fault = fault
        if fault.vector not in _TRAPS:
            self.registers.rflags |= RESUME
        return Stop.FAULT

    def _software_interrupt(self, vector: int) -> Stop:
        """INT n: a trap where the gate lets ring 3 through, else a general protection fault at it."""
        if vector in self._user_gates:
            self.fault = Fault(vector)
            return Stop.FAULT
        self.registers.rip = self.data.address
        self.data.count -= 1
        return self._faulted(_gate_fault(vector))

    def _undo_privileged(self) -> None:
        """IN and OUT need I/O privilege, SYSENTER another CPU: put back what the callback kept."""
        for name, value in zip(RECORDED, self.engine.kept, strict=True):
            self.registers.values[INDEX[name]] = value
        self.registers.rip, self.registers.rflags = self.data.port_address, self.data.flags
        self.data.count = self.data.port_count - 1

    def finish_rdtsc(self, ticks: int) -> None:
        """Completes the RDTSC or RDTSCP (processor 0) that `run` stopped at, with the kernel's answer."""
        registers = self.registers
        long = self._opcode(registers.rip).startswith(_RDTSCP)
        registers.rax, registers.rdx = ticks & 0xFFFF_FFFF, ticks >> 32 & 0xFFFF_FFFF
        if long:
            registers.rcx = 0
        registers.rip += self._size(_RDTSCP if long else _RDTSC)
        self.data.count += 1


def _gate_fault(vector: int) -> Fault:
    """INT n through a gate that is not for ring 3."""
    return Fault(GENERAL_PROTECTION, vector * 8 + 2)
