"""Darwin's Mach traps that are simulated: one row each. Numbers as osfmk/kern/syscall_sw.c, the class added."""

from __future__ import annotations

from kernel_stub.darwin.abi import MACH
from kernel_stub.darwin.mach import messages, semaphores, traps
from kernel_stub.darwin.mach_traps import MACH_TRAPS
from kernel_stub.syscalls import Handler, Row


def _row(number: int, handler: Handler, source: str) -> Row:
    name = MACH_TRAPS[number]
    return Row(MACH | number, name, handler, f"{name.removesuffix('_trap')} (mach)", source, errno=False)


_SEMAPHORES = "osfmk/kern/sync_sema.c:"
ROWS = (
    _row(26, traps.mach_reply_port, "osfmk/kern/ipc_tt.c:mach_reply_port"),
    _row(27, traps.thread_self_trap, "osfmk/kern/ipc_tt.c:thread_self_trap"),
    _row(28, traps.task_self_trap, "osfmk/kern/ipc_tt.c:task_self_trap"),
    _row(29, traps.host_self_trap, "osfmk/kern/ipc_host.c:host_self_trap"),
    _row(31, messages.mach_msg_trap, "osfmk/ipc/mach_msg.c:mach_msg_trap"),
    _row(33, semaphores.semaphore_signal_trap, _SEMAPHORES + "semaphore_signal_trap"),
    _row(34, semaphores.semaphore_signal_all_trap, _SEMAPHORES + "semaphore_signal_all_trap"),
    _row(35, semaphores.semaphore_signal_thread_trap, _SEMAPHORES + "semaphore_signal_thread_trap"),
    _row(36, semaphores.semaphore_wait_trap, _SEMAPHORES + "semaphore_wait_trap"),
    _row(37, semaphores.semaphore_wait_signal_trap, _SEMAPHORES + "semaphore_wait_signal_trap"),
    _row(38, semaphores.semaphore_timedwait_trap, _SEMAPHORES + "semaphore_timedwait_trap"),
    _row(39, semaphores.semaphore_timedwait_signal_trap, _SEMAPHORES + "semaphore_timedwait_signal_trap"),
    _row(59, traps.swtch_pri, "osfmk/kern/syscall_subr.c:swtch_pri"),
    _row(60, traps.swtch, "osfmk/kern/syscall_subr.c:swtch"),
    _row(61, traps.thread_switch, "osfmk/kern/syscall_subr.c:thread_switch"),
)
