"""Several processes are plain data: a checkpoint holds them, a copy runs to the same end, and so does every run."""

import copy


def story(family) -> list[str]:
    """Births, waits, signals, a pipe and ends; all that was told."""
    texts = []

    def call(name: str, *arguments: int) -> int | str:
        answer = family.call(name, *arguments)
        texts.extend(family.texts)
        return answer

    call("fork")
    call("fork")
    for _ in range(4):
        family.give_way()
        call("getppid")
    for _ in range(9):
        call("wait4", -1, family.rw, 0, 0)
        if family.pid != family.first:
            call("exit", family.pid % 256)
    return texts


def test_a_copy_goes_on_alike(family):
    family.fork(run=False)
    family.call("wait4", -1, family.rw, 0, 0)
    other = copy.deepcopy(family)
    assert other.kernel.processes is not family.kernel.processes
    assert story(other) == story(family)


def test_restore_with_a_parent_that_waits(family):
    child = family.fork(run=False)
    family.call("wait4", child, family.rw, 0, 0)
    before, registers = family.kernel.checkpoint(), family.registers.copy()
    assert before.processes[1] is before.process
    for _ in range(2):
        family.call("kill", family.first, 0)
        family.kernel.restore(before)
        family.registers.values[:] = registers.values
        assert family.known() == {family.first: "runs", child: "runs"}
        assert family.call("getpid") == child
        assert family.kernel.memory.root == family.kernel.process.root


def test_restoring_takes_back_what_a_wait_took(family):
    """The memory stays as it is: of that the kernel keeps no copy."""
    child = family.fork(run=False)
    family.call("kill", child, 9)
    before = family.kernel.checkpoint()
    for _ in range(2):
        assert family.call("wait4", -1, 0, 0, 0) == child
        assert family.call("wait4", -1, 0, 0, 0) == "ECHILD"
        family.kernel.restore(before)


def test_ids_are_not_used_twice(family):
    first = family.fork(run=False)
    family.call("kill", first, 9)
    family.call("wait4", -1, 0, 0, 0)
    assert family.fork(run=False) == first + 1
