"""fork and vfork: what a child has from its parent, and what of its own (kernel/fork.c:copy_process,
bsd/kern/kern_fork.c:forkproc)."""

from kernel_stub.address_space import Region
from kernel_stub.cpu import Protection
from kernel_stub.pages import PAGE
from kernel_stub.process import AltStack
from kernel_stub.signals import Action, SigInfo

RW = Protection.READ | Protection.WRITE


def test_both_go_on_behind_the_call(family):
    family.registers.rbx = 0x77
    child = family.fork()
    assert child == family.first + 1
    assert (family.registers.rip, family.registers.rbx) == (family.guest.after, 0x77)
    assert family.call("getpid") == child
    assert family.call("getppid") == family.first
    family.until(family.first)
    assert family.result == child


def test_memory_is_copied_when_it_is_written(family):
    family.memory.copy_out(family.rw, b"before..")
    frame = family.memory.frame(family.rw)
    family.fork()
    assert family.memory.frame(family.rw) == frame
    family.memory.copy_out(family.rw, b"child")
    assert family.memory.frame(family.rw) != frame
    family.until(family.first)
    assert family.memory.copy_in(family.rw, 8) == b"before.."
    family.memory.copy_out(family.rw + 2, b"parent")
    family.give_way()
    assert family.memory.copy_in(family.rw, 8) == b"childe.."


def test_what_nobody_may_write_stays_so(family):
    family.fork()
    assert family.memory.protection(family.guest.ro) == Protection.READ
    assert not family.memory.unshare(family.guest.ro)


def test_shared_regions_stay_the_same_memory_also_where_nobody_touched_them(family):
    start = 0x50000
    family.kernel.process.space.map(family.memory, Region(start, start + 2 * PAGE, RW, shared=True))
    family.memory.copy_out(start, b"touched")
    family.fork()
    family.memory.copy_out(start + PAGE, b"by the child")
    family.until(family.first)
    assert family.memory.copy_in(start, 7) == b"touched"
    assert family.memory.copy_in(start + PAGE, 12) == b"by the child"


def test_descriptors_are_copied_and_open_files_are_shared(family):
    family.fork()
    assert family.call("close", 0) == 0
    assert family.call("close", 0) == "EBADF"
    mine = family.kernel.process.files.descriptors[1].open_file
    family.until(family.first)
    assert family.call("close", 0) == 0
    assert family.kernel.process.files.descriptors[1].open_file is mine


def test_a_pipe_ends_with_the_last_writer_of_any_process(linux_family):
    linux_family.call("pipe", linux_family.rw)
    reader, writer = linux_family.word(linux_family.rw), linux_family.word(linux_family.rw + 4)
    child = linux_family.fork()
    linux_family.until(linux_family.first)
    linux_family.call("close", writer)
    linux_family.call("read", reader, linux_family.rw, 8)
    assert linux_family.pid == child  # the first one sleeps: the child has the other end
    linux_family.call("exit_group", 0)
    assert (linux_family.pid, linux_family.result) == (linux_family.first, 0)


def test_signals(family):
    """The mask, actions and the alternate stack are inherited; pending signals and timers are not."""
    process, thread = family.kernel.process, family.kernel.thread
    process.actions[1] = Action(0x401000)
    thread.blocked, thread.altstack = 1 << 2, AltStack(0x10000, 0x8000)
    family.kernel.personality.send(process, None, SigInfo(3), family.kernel.personality.rules)
    process.timers.arm(0, 1 << 40, 0)
    family.fork()
    child, own = family.kernel.process, family.kernel.thread
    assert child.actions[1] == Action(0x401000) and child.actions is not process.actions
    assert (own.blocked, own.altstack) == (1 << 2, AltStack(0x10000, 0x8000))
    assert not child.pending.set and not own.pending.set and not child.timers.running


def test_groups_sessions_ids_and_limits_are_inherited(family):
    process = family.kernel.process
    family.fork()
    child = family.kernel.process
    for name in ("pgrp", "session", "credentials", "limits", "umask", "cwd", "executable"):
        assert getattr(child, name) == getattr(process, name), name


def test_random_bytes_are_not_the_parents(linux_family):
    linux_family.fork()
    linux_family.call("getrandom", linux_family.rw, 16, 0)
    mine = linux_family.memory.copy_in(linux_family.rw, 16)
    linux_family.until(linux_family.first)
    linux_family.call("getrandom", linux_family.rw, 16, 0)
    assert linux_family.memory.copy_in(linux_family.rw, 16) != mine


def test_a_vforks_parent_sleeps_until_the_child_gives_its_memory_back(family):
    family.catch("SIGHUP")
    family.call("vfork")
    child = family.pid
    assert child == family.first + 1
    family.memory.copy_out(family.rw, b"by the child")
    assert family.call("kill", family.first, 1) == 0  # no signal wakes it, even one that has a handler
    assert family.give_way() == child
    family.call("exit", 5)
    assert family.pid == family.first
    assert family.memory.copy_in(family.rw, 12) == b"by the child"
    assert family.handles  # now it was delivered


def test_a_vforks_parent_can_be_killed(family):
    """And the run is over then; the child has the memory for itself."""
    family.call("vfork")
    family.call("kill", family.first, 9)
    assert family.kernel.first.exit.signal == "SIGKILL"


def test_memory_that_runs_out_is_an_error(family, monkeypatch):
    def full(shared=()):
        raise MemoryError

    monkeypatch.setattr(family.memory, "fork", full)
    assert family.call("fork") == "ENOMEM"
    assert len(family.kernel.processes) == 1


def test_no_more_processes_than_a_user_may_have(family):
    """RLIMIT_NPROC; at first it follows from the memory there is (kernel/fork.c:set_max_threads)."""
    number = family.kernel.personality.constants["RLIMIT_NPROC"]
    family.kernel.process.limits[number] = (3, 3)
    family.fork(run=False)
    family.fork(run=False)
    assert family.call("fork") == "EAGAIN"
    del family.kernel.process.limits[number]
    family.kernel.process.space.ram = 1 << 20
    for _ in range(2):
        family.call("fork")
    assert family.result == "EAGAIN" and len(family.kernel.processes) == 4
