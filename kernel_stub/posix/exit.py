"""The end of a process."""

from kernel_stub import family
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int, NoReturn
from kernel_stub.outcomes import ENDED
from kernel_stub.process import ExitStatus


def exit(kernel: Kernel, status: Int) -> NoReturn:
    """End the process; its parent sees the low eight bits of the status."""
    family.end(kernel, kernel.process, ExitStatus(code=status & 0xFF))
    return ENDED
