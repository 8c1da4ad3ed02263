"""fork and vfork on Darwin: the second result (osfmk/i386/pcb.c:thread_set_child), ports (osfmk/kern/task.c), and the
calls that a child can't make (bsd/kern/kern_fork.c)."""

import pytest

from kernel_stub.cpu import CARRY
from kernel_stub.darwin.abi import MACH


@pytest.mark.parametrize("call", ["fork", "vfork"])
def test_the_second_result_tells_the_child_from_its_parent(darwin_family, call):
    darwin_family.registers.rflags |= CARRY
    darwin_family.call(call)
    child = darwin_family.kernel.newest_id
    seen = {}
    while len(seen) < 2:
        registers = darwin_family.registers
        seen[darwin_family.pid] = registers.rax, registers.rdx, bool(registers.rflags & CARRY)
        if darwin_family.pid == child and call == "vfork":
            darwin_family.call("exit", 0)
        else:
            darwin_family.give_way()
    assert seen == {darwin_family.first: (child, 0, False), child: (child, 1, False)}


def test_a_vforks_child_can_not_vfork(darwin_family):
    darwin_family.call("vfork")
    assert darwin_family.call("vfork") == "EINVAL"
    child = darwin_family.pid
    darwin_family.call("fork")
    assert darwin_family.kernel.newest_id == child + 1


def test_ports_are_not_inherited(darwin_family):
    """The child's task has a name space of its own, and its own port."""
    reply, task = darwin_family.call(MACH | 26), darwin_family.call(MACH | 28)
    darwin_family.fork()
    process, parent = darwin_family.kernel.process, darwin_family.kernel.first
    assert process.port is not parent.port
    assert {reply, task} <= parent.names.entries.keys()
    assert not {reply, task} & process.names.entries.keys()
    darwin_family.call(MACH | 28)
    assert [entry.port for entry in process.names.entries.values()] == [process.port]


def test_where_threads_start_is_inherited(darwin_family):
    darwin_family.call("bsdthread_register", 0x401000, 0x402000, 64)
    darwin_family.fork()
    process = darwin_family.kernel.process
    assert (process.thread_start, process.wq_thread, process.pthread_size) == (0x401000, 0x402000, 64)


def test_only_the_thread_that_forks_is_in_the_child(darwin_family):
    darwin_family.call("bsdthread_register", 0x401000, 0, 64)
    darwin_family.call("bsdthread_create", 0x403000, 0, 0x77000, 0x5000, 0)
    assert len(darwin_family.kernel.process.threads) == 2
    child = darwin_family.fork(run=False)
    assert [len(process.threads) for process in darwin_family.kernel.processes] == [2, 1]
    assert darwin_family.kernel.processes[1].threads[0].tid == child
