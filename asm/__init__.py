"""Text to machine code: assemblers for amd64 sources, a linker, ELF export and listings.

`assemble_file` or `assemble_text` make an Object from one source, `asm.linker.link` makes a Program
from Objects. What is wrong with a source comes as AssemblyErrors, located.
"""

from asm.errors import AssemblyError, AssemblyErrors
from asm.linker import link
from asm.program import Object, Program
from asm.sources import DIALECTS, assemble_file, assemble_text

__all__ = [
    "DIALECTS",
    "AssemblyError",
    "AssemblyErrors",
    "Object",
    "Program",
    "assemble_file",
    "assemble_text",
    "link",
]
