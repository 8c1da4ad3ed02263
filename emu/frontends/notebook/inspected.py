"""What can be seen of a machine that is stopped, and written to: registers, memory, the running handler's frame."""

from __future__ import annotations

from emu.engine import RECORDED
from emu.errors import UserError
from emu.frontends.notebook.drive import Drive
from emu.frontends.notebook.frame import Frame
from emu.frontends.notebook.memory import Memory
from emu.frontends.notebook.pages import PageTable, Regions, Walk
from emu.frontends.notebook.registers import Registers
from emu.frontends.notebook.rich import Rich, close_to
from emu.frontends.wording import symbol_text
from emu.machine import Machine
from emu.page_walk import pages, peek, walk
from emu.start import Subject
from kernel_stub.cpu import MASK64, BadAddress
from kernel_stub.events import FramePiece


class Inspected(Rich):
    """A machine by its names and addresses. Looking at it is no access: no bit of a page changes."""

    _drive: Drive
    subject: Subject
    machine: Machine

    @property
    def registers(self) -> Registers:
        """The registers now; they can be set: `session.registers.rip = 0x400030`."""
        frame = self.machine.cpu.registers
        values = {name: getattr(frame, name) for name in (*RECORDED, "cs", "ss")}
        return Registers(values, naming=self.name, put=lambda name, value: setattr(frame, name, value))

    @property
    def frame(self) -> Frame:
        """The frame of the handler that runs now, as it is in memory; it can be written to. Raises UserError."""
        if not self.subject.labels.frames:
            raise UserError("no handler runs now: run(signal=...) stops where one is entered")
        pieces = [
            FramePiece(piece.address, piece.layout, self.read(piece.address, len(piece.data)), piece.unwritten)
            for piece in self.subject.labels.frames[-1]
        ]
        event, names = self._drive.delivered.get(pieces[0].address), self._drive.scribe.names
        return Frame(pieces, names, self.machine.kernel.personality, event=event, store=self.write)

    def address(self, name: int | str) -> int:
        """The address of a symbol (`main.main`), a slot (`r1`), or a field of the frame (`uc_mcontext.rip`)."""
        if isinstance(name, int):
            if not 0 <= name < 1 << 64:
                raise UserError(f"{name:#x} is no address: they have 64 bits")
            return name
        base, plus, offset = name.partition("+")
        if plus and offset.strip().isdigit():
            return self.address(base.strip()) + int(offset)
        known = self._addresses()
        if name in known:
            return known[name]
        try:
            return self.subject.program.find(name).address
        except LookupError:
            names = [*known, *(symbol_text(placed.symbol) for placed in self.subject.program)]
            raise UserError(f"nothing is called {name!r}: {close_to(name, names)}") from None

    def name(self, address: int) -> str | None:
        """What lies at an address: `main.main+5`, `uc_mcontext.rip`; None where nothing has a name."""
        return self.subject.labels.name(address)

    def read(self, where: int | str, size: int = 8) -> bytes:
        """Memory from an address or a name on. It counts as no access: no bit of a page changes. Raises UserError."""
        address = self.address(where)
        data = peek(self.machine.space, address, size)
        if len(data) < size:
            raise UserError(f"there is no page at {address + len(data):#x}: walk({address + len(data):#x}) shows why")
        return data

    def word(self, where: int | str, size: int = 8) -> int:
        """The unsigned number of `size` bytes at an address or a name."""
        return int.from_bytes(self.read(where, size), "little")

    def memory(self, where: int | str = "rsp", size: int = 64) -> Memory:
        """Memory as a table of words with their names, from an address or a name on, or from where a register
        points: the stack, if nothing else is said. Raises UserError."""
        registers = self.registers
        address = registers[where] if isinstance(where, str) and where in registers else self.address(where)
        return Memory(address, self.read(address, size), self.name, {registers.rsp: "RSP"})

    def walk(self, where: int | str) -> Walk:
        """The page-table walk to an address or a name."""
        address = self.address(where)
        region = self.machine.kernel.process.space.find(address)
        return Walk(address, walk(self.machine.space, address), region)

    @property
    def pages(self) -> PageTable:
        """All pages of the process, with their bits."""
        return PageTable(list(pages(self.machine.space)), self._region)

    @property
    def regions(self) -> Regions:
        """What the process's addresses are for."""
        return Regions(self.machine.kernel.process.space.regions)

    def _region(self, address: int) -> str:
        region = self.machine.kernel.process.space.find(address)
        return region.name if region else ""

    def _addresses(self) -> dict[str, int]:
        labels = self.subject.labels
        known = {label.name: label.address for label in labels.ranges}
        for frame in labels.frames:
            for piece in frame:
                known |= {path: piece.address + field.offset for path, field in piece.layout.fields.items() if path}
        return known

    def write(self, where: int | str, value: int | bytes) -> None:
        """Puts bytes, or a number of 8 bytes, where an address or a name says, on read-only pages, too."""
        address = self.address(where)
        if not isinstance(value, (int, bytes)):
            raise UserError(f"memory takes bytes, or a number of 8 bytes, not {value!r}")
        data = value if isinstance(value, bytes) else (value & MASK64).to_bytes(8, "little")
        try:
            self.machine.space.poke(address, data)
        except BadAddress as bad:
            raise UserError(f"there is no page at {bad.address:#x}: walk({bad.address:#x}) shows why") from None
