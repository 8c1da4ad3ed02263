"""The emulated computer: steps with all registers, system calls, plain running."""

from __future__ import annotations

from statistics import median

from guests import BODY, BODY_LENGTH, CODE, GETPID, LOOP, Stock, machine_code, our_machine
from measure import Figure, rates, ratio

from emu.machine import Stop
from emu.recorder import Recorder


def stepping() -> list[Figure]:
    """All general registers, RIP and RFLAGS of every instruction."""
    machine, recorder, stock = our_machine(LOOP), Recorder(), Stock(LOOP)
    stock.record_every_step()

    def ours() -> int:
        assert machine.record(recorder, 1 << 60) is Stop.LIMIT
        return recorder.count

    def theirs() -> int:
        stock.rows.clear()
        return stock.run(500)

    a, b = rates(ours, theirs)
    return [
        Figure("steps with all registers recorded", median(a), "steps/s", 400_000),
        Figure("the same with the binding's reg_read", median(b), "steps/s"),
        Figure("ratio", ratio(a, b), "x", 20),
    ]


def system_calls() -> list[Figure]:
    """getpid in a loop, through the whole Python kernel."""
    machine, stock = our_machine(GETPID), Stock(GETPID)
    stock.serve_getpid()

    def ours() -> int:
        for _ in range(500):
            machine.run()
        assert machine.cpu.registers.rax == machine.kernel.process.pid
        return 500

    a, b = rates(ours, lambda: stock.run(3 * 500) // 3)
    return [
        Figure("system calls through the Python kernel", median(a), "calls/s", 100_000),
        Figure("the same in a hook with reg_read, reg_write", median(b), "calls/s"),
        Figure("ratio", ratio(a, b), "x", 5),
    ]


def running() -> list[Figure]:
    """Instructions a second when nobody looks: our exact counting, the engine's own, and none."""
    turns = 2_000_000
    machine, stock, uncounted = our_machine(LOOP), Stock(LOOP), Stock(f"mov rcx, {turns}; {BODY}")
    end = CODE + len(machine_code(f"mov rcx, {turns}; {BODY}"))

    def ours() -> int:
        assert machine.run(2_000_000) is Stop.LIMIT
        return 2_000_000

    def to_the_end() -> int:
        uncounted.uc.emu_start(CODE, end)
        return turns * BODY_LENGTH

    a, b, c = rates(ours, lambda: stock.run(2_000_000), to_the_end)
    return [
        Figure("plain run, counted exactly", median(a) / 1e6, "M instr/s"),
        Figure("stock binding, count=", median(b) / 1e6, "M instr/s"),
        Figure("stock binding, uncounted", median(c) / 1e6, "M instr/s"),
        Figure("ours, of the stock's counted speed", ratio(a, b), "x"),
    ]
