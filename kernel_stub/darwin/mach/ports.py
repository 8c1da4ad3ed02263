"""Ports, and the names that a task has for its rights to them (osfmk/ipc: ipc_port.c, ipc_entry.c, ipc_right.c).

A name is made as xnu makes it: the index of an entry, and below it eight bits that change each time the
index is used again, so that 0x103 is the first name of a task, and 0x107 the second that its index gets.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kernel_stub.darwin.mach.kern_return import KERN_INVALID_NAME, KERN_INVALID_RIGHT

if TYPE_CHECKING:
    from kernel_stub.darwin.mach.kmsg import Message
    from kernel_stub.darwin.mach.semaphores import Semaphore
    from kernel_stub.process import Thread

MACH_PORT_NULL, MACH_PORT_DEAD = 0, 0xFFFFFFFF
QUEUE_LIMIT = 5  # MACH_PORT_QLIMIT_DEFAULT

# How a message's sender gives a right away (mach/message.h); a receiver is told the first three only.
MOVE_RECEIVE, MOVE_SEND, MOVE_SEND_ONCE = 16, 17, 18
COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE = 19, 20, 21
RECEIVED = {
    MOVE_RECEIVE: MOVE_RECEIVE, MOVE_SEND: MOVE_SEND, MOVE_SEND_ONCE: MOVE_SEND_ONCE, COPY_SEND: MOVE_SEND,
    MAKE_SEND: MOVE_SEND, MAKE_SEND_ONCE: MOVE_SEND_ONCE,
}  # fmt: skip
SENDING = frozenset(RECEIVED) - {MOVE_RECEIVE}  # MACH_MSG_TYPE_PORT_ANY_SEND


class Refused(Exception):
    """A name that doesn't stand for what was asked for; `code` is a kern_return_t."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(eq=False, slots=True)
class Port:
    """A port. `kind` says what the kernel serves through it ("task", "thread", "host", "semaphore"), "" is a queue
    of messages for whoever holds the receive right. `alive` is False when its object, or receiver, is gone."""

    kind: str = ""
    semaphore: Semaphore | None = None
    thread: Thread | None = None
    alive: bool = True
    sequence: int = 0
    messages: deque[Message] = field(default_factory=deque)

    def __deepcopy__(self, memo: dict[int, Any]) -> Port:
        """A checkpoint's copy. A message may bring a port that has messages, and so on: all the ports that can be
        reached are there before what they hold is copied, so that the copying doesn't go as deep."""
        ports, copies = [self], [self._shell(memo)]
        for port in ports:
            for other in port._neighbours():
                if id(other) not in memo:
                    ports.append(other)
                    copies.append(other._shell(memo))
        for port, copied in zip(ports, copies, strict=True):
            copied.semaphore, copied.thread = copy.deepcopy(port.semaphore, memo), copy.deepcopy(port.thread, memo)
            copied.messages = copy.deepcopy(port.messages, memo)
        return copies[0]

    def _shell(self, memo: dict[int, Any]) -> Port:
        shell = memo[id(self)] = Port(self.kind, alive=self.alive, sequence=self.sequence)
        return shell

    def _neighbours(self) -> Iterator[Port]:
        """The ports in its messages, and that its thread waits for."""
        from kernel_stub.darwin.mach.messages import Mailbox, Outgoing

        for message in self.messages:
            yield from message.ports()
        source: object = self.thread.waiting.source if self.thread is not None and self.thread.waiting else None
        if isinstance(source, Mailbox):
            yield source.port
        elif isinstance(source, Outgoing):
            yield from source.message.ports()


@dataclass(eq=False, slots=True)
class Entry:
    """A task's rights to one port under one name; `send` counts its references to a send right."""

    port: Port
    receive: bool = False
    send: int = 0
    send_once: bool = False


@dataclass(slots=True)
class Space:
    """All names of a task. `free` are indices to use again, the last one first, with their generation."""

    entries: dict[int, Entry] = field(default_factory=dict)
    free: list[tuple[int, int]] = field(default_factory=list)
    size: int = 1

    def insert(self, entry: Entry) -> int:
        """A new name."""
        if self.free:
            index, generation = self.free.pop()
        else:
            index, generation = self.size, 0
            self.size += 1
        name = index << 8 | (generation * 4 + 3 & 0xFF)
        self.entries[name] = entry
        return name

    def find(self, name: int) -> Entry:
        """The entry of a name. Raises Refused KERN_INVALID_NAME."""
        entry = self.entries.get(name)
        if entry is None:
            raise Refused(KERN_INVALID_NAME)
        return entry

    def sendable(self, name: int) -> Port:
        """The port that a name has a send right for [ipc_object_translate]. Raises Refused."""
        entry = self.find(name)
        if not entry.send:
            raise Refused(KERN_INVALID_RIGHT)
        return entry.port

    def drop_send(self, name: int) -> None:
        """One reference less to a send right, or to a send-once right; other names are left as they are."""
        entry = self.entries.get(name)
        if entry is None:
            return
        if entry.send:
            entry.send -= 1
        entry.send_once = False
        self._tidy(name, entry)

    def _tidy(self, name: int, entry: Entry) -> None:
        if not (entry.receive or entry.send or entry.send_once):
            del self.entries[name]
            self.free.append((name >> 8, (name >> 2 & 0x3F) + 1 & 0x3F))

    def copy_in(self, name: int, disposition: int) -> Port:
        """The port of a right that goes into a message, taken away if it moves [ipc_right_copyin]. Raises Refused."""
        entry = self.find(name)
        if not self.has(entry, disposition):
            raise Refused(KERN_INVALID_RIGHT)
        if disposition == MOVE_SEND:
            entry.send -= 1
        elif disposition == MOVE_SEND_ONCE:
            entry.send_once = False
        elif disposition == MOVE_RECEIVE:
            entry.receive = False
        self._tidy(name, entry)
        return entry.port

    def has(self, entry: Entry, disposition: int) -> bool:
        """Whether an entry's rights let it be sent so."""
        if disposition in (MOVE_SEND, COPY_SEND):
            return entry.send > 0
        return entry.send_once if disposition == MOVE_SEND_ONCE else entry.receive

    def copy_out(self, port: Port, disposition: int) -> int:
        """The name under which a right that came is known from now on [ipc_right_copyout]: send and receive
        rights to one port share a name, each send-once right has its own. MACH_PORT_DEAD for a dead port."""
        if not port.alive:
            return MACH_PORT_DEAD
        if disposition == MOVE_SEND_ONCE:
            return self.insert(Entry(port, send_once=True))
        name = self.name_of(port)
        if name is None:
            name = self.insert(Entry(port))
        if disposition == MOVE_RECEIVE:
            self.entries[name].receive = True
        else:
            self.entries[name].send += 1
        return name

    def name_of(self, port: Port) -> int | None:
        """The name of the send or receive right to a port, or None."""
        held = (name for name, entry in self.entries.items() if entry.port is port and not entry.send_once)
        return next(held, None)
