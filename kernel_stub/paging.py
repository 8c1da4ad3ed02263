"""Bringing in pages: what a kernel does with an access to memory that it promised and has not given yet, or that
processes share until one of them writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel_stub.cpu import Protection
from kernel_stub.posting import OUT_OF_MEMORY

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel


class DemandPager:
    """The pager of a kernel's memory: it asks the regions of the running process."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def __call__(self, address: int, wanted: Protection) -> bool:
        """Whether the access need not be refused. See `cpu.Pager`.

        A process that needs more memory than there is gets SIGKILL, as from Linux's OOM killer.
        """
        kernel = self._kernel
        try:
            if wanted == Protection.WRITE and kernel.memory.unshare(address):
                return True
            return kernel.process.space.populate(kernel.memory, address, wanted)
        except MemoryError:
            kernel.post("SIGKILL", OUT_OF_MEMORY)
            return True

    def look(self, address: int) -> bytes | None:
        """See `cpu.Pager`."""
        return self._kernel.process.space.promised(self._kernel.memory, address)
