"""Calls that only Linux has, or that it answers by rules of its own."""

from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int


def gettid(kernel: Kernel) -> Int:
    """The calling thread's id."""
    return kernel.process.tid
