"""What a checkpoint of the kernel holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from kernel_stub.clock import Clock
from kernel_stub.filesystem.tree import FileSystem
from kernel_stub.process import Process, Thread
from kernel_stub.terminal import Terminal


class Delivery(NamedTuple):
    """A signal that is to arrive at a position (retired instructions). `order` keeps equal ones in order."""

    position: int
    order: int
    signal: int


class TimedDelivery(NamedTuple):
    """A signal that is to arrive at a time of the clock."""

    time: int
    order: int
    signal: int


@dataclass(slots=True)
class State:
    """Everything a kernel remembers between two traps."""

    processes: list[Process]
    process: Process
    thread: Thread
    newest_id: int
    terminal: Terminal
    filesystem: FileSystem
    clock: Clock
    deliveries: list[Delivery]
    timed_deliveries: list[TimedDelivery]
    delivery_order: int
    injection: tuple[int, bool] | None
    slice_end: int | None
