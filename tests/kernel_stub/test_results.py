"""How an answer stands in the registers: RAX alone on Linux; RAX, RDX and carry on Darwin."""

from kernel_stub.cpu import CARRY


def test_linux_success(linux):
    linux.call("getpid")
    assert (linux.registers.rax, linux.registers.rdx, linux.registers.rflags) == (4242, 0xDD, 0x202)


def test_linux_error_is_a_negative_rax(linux):
    linux.call("close", 99)
    assert (linux.registers.rax, linux.registers.rflags) == (-9 & (1 << 64) - 1, 0x202)


def test_darwin_error_is_carry_with_a_positive_rax(darwin):
    """unix_syscall64 sets RAX and carry, and leaves RDX."""
    darwin.call("close", 99)
    assert (darwin.registers.rax, darwin.registers.rdx, darwin.registers.rflags) == (9, 0xDD, 0x202 | CARRY)


def test_darwin_success_clears_carry_and_sets_the_second_result(darwin):
    """unix_syscall64 writes both words of uu_rval, the second 0 unless a call sets it, and clears carry."""
    darwin.registers.rax = darwin.kernel.personality.resolve("getpid") | 0x2000000
    darwin.registers.rdx = 0xDD
    darwin.registers.rflags = 0x202 | CARRY
    darwin.kernel.syscall(darwin.registers)
    assert (darwin.registers.rax, darwin.registers.rdx, darwin.registers.rflags) == (4242, 0, 0x202)


def test_a_second_result(linux, darwin):
    """Where a call has one (fork, pipe): RDX on Darwin; Linux has none."""
    for guest, second in ((linux, 0xDD), (darwin, 1)):
        guest.call("getpid")
        guest.registers.rdx = 0xDD
        guest.kernel.personality.set_result(guest.registers, 7, 1)
        assert (guest.registers.rax, guest.registers.rdx) == (7, second)


def test_user_segments(linux, darwin):
    linux_says, darwin_says = linux.kernel.personality, darwin.kernel.personality
    assert (linux_says.user_cs, linux_says.user_ss) == (0x33, 0x2B)
    assert (darwin_says.user_cs, darwin_says.user_ss) == (0x2B, 0x23)


def test_darwin_indirect_call(darwin):
    """BSD call 0: the number is the first argument, the others move up (unix_syscall64)."""
    darwin.put(darwin.rw, b"hey")
    assert darwin.call("syscall", darwin.kernel.personality.resolve("write"), 1, darwin.rw, 3) == 3
    assert darwin.text == 'write(1, "hey", 3) = 3'
    assert darwin.call("syscall", 6, 99) == "EBADF"
