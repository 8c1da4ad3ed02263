"""arch_prctl(2), set_tid_address(2), set_robust_list(2), sched_yield(2)."""

import pytest

from kernel_stub.address_space import TASK_SIZE

SET_GS, SET_FS, GET_FS, GET_GS = 0x1001, 0x1002, 0x1003, 0x1004


@pytest.mark.parametrize(("set_code", "get_code", "name"), [(SET_FS, GET_FS, "fs"), (SET_GS, GET_GS, "gs")])
def test_a_segments_base(linux, set_code, get_code, name):
    assert linux.call("arch_prctl", set_code, 0x1234_5678) == 0
    assert linux.text == f"arch_prctl(ARCH_SET_{name.upper()}, 0x12345678) = 0"
    assert getattr(linux.registers, f"{name}_base") == 0x1234_5678
    linux.kernel.registers = linux.registers
    linux.registers.rax = 158
    linux.registers.rdi, linux.registers.rsi = get_code, linux.rw
    linux.kernel.syscall(linux.registers)
    assert linux.memory.copy_in(linux.rw, 8) == (0x1234_5678).to_bytes(8, "little")


@pytest.mark.parametrize(
    ("code", "address", "expected"),
    [
        (SET_FS, TASK_SIZE, "EPERM"),
        (SET_FS, TASK_SIZE - 1, 0),
        (SET_GS, 1 << 63, "EPERM"),
        (GET_FS, 0x12000, "EFAULT"),
        (0x3001, 0x10000, "EINVAL"),
        (0, 0, "EINVAL"),
        (-1, 0, "EINVAL"),
    ],
)
def test_answers(linux, code, address, expected):
    assert linux.call("arch_prctl", code, address) == expected


def test_the_thread_id_is_the_answer(linux):
    assert linux.call("set_tid_address", linux.hole) == linux.kernel.process.tid
    assert linux.kernel.thread.clear_child_tid == linux.hole


def test_the_list_of_locks_has_one_size(linux):
    assert linux.call("set_robust_list", linux.hole, 24) == 0
    assert linux.kernel.thread.robust_list == linux.hole
    assert linux.call("set_robust_list", linux.rw, 23) == "EINVAL"
    assert linux.kernel.thread.robust_list == linux.hole


def test_yielding(linux):
    assert linux.call("sched_yield") == 0
