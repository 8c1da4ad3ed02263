"""The Mach half of a process: its task, with the ports that stand for it, for its threads and for the host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kernel_stub.darwin.mach.ports import Port, Space
from kernel_stub.process import Process, Thread

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel


@dataclass(slots=True)
class Task(Process):
    """A Darwin process. `space` is its address space and `names` its port names. `thread_start`, `wq_thread` and
    `pthread_size` are what bsdthread_register was told. `messages` are the bytes of its messages in the kernel."""

    names: Space = field(default_factory=Space)
    port: Port = field(default_factory=lambda: Port("task"))
    host: Port = field(default_factory=lambda: Port("host"))
    thread_ports: dict[int, Port] = field(default_factory=dict)
    thread_start: int = 0
    wq_thread: int = 0
    pthread_size: int = 0
    messages: int = 0

    def copy(self, pid: int, thread: Thread) -> Task:
        """A child has ports and names of its own; where threads start is inherited [forkproc]."""
        child = Process.copy(self, pid, thread)
        assert isinstance(child, Task)
        child.names, child.port, child.host, child.thread_ports = Space(), Port("task"), Port("host"), {}
        child.messages = 0
        return child

    def end(self) -> None:
        """Its ports go with it, and what is in them [ipc_task_terminate]."""
        Process.end(self)
        self.names, self.thread_ports, self.messages = Space(), {}, 0

    def thread_port(self, thread: Thread) -> Port:
        """The port that stands for a thread."""
        port = self.thread_ports.get(thread.tid)
        if port is None:
            port = self.thread_ports[thread.tid] = Port("thread", thread=thread)
        return port


def task_of(kernel: Kernel) -> Task:
    """The running process as a task."""
    process = kernel.process
    assert isinstance(process, Task)
    return process
