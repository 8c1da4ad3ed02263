"""Executables that we write: the host's kernel runs them, binutils and pyelftools read them."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from asm.linker import link
from asm.sources import assemble_text

runs_here = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="needs an x86-64 Linux host"
)

INTEL = """; dialect: intel
.globl _start
_start:
    mov eax, 1              ; write(1, msg, len)
    mov edi, 1
    lea rsi, [rip + msg]
    mov edx, len
    syscall
    call adds               ; in another file
    mov edi, eax
    mov eax, 60             ; exit(adds(): 42)
    syscall
.section .rodata
msg: .ascii "intel says hello\\n"
len = . - msg
"""

ATT = """# dialect: att
.globl adds
adds:
    movq counter, %rax      # absolute
    addl $2, counter(%rip)
    addq cell(%rip), %rax   # bss: zero
    movq pointer(%rip), %rcx
    addq (%rcx), %rax       # 20 + 22
    ret
.data
counter: .quad 20
pointer: .quad counter
.bss
    .skip 5000
cell: .quad 0
"""

PLAN9 = """// dialect: go2008
TEXT _start(SB),4,$16
	MOVQ	$1, AX
	MOVL	$1, DI
	MOVQ	$text<>(SB), SI
	MOVQ	$16, DX
	SYSCALL
	MOVQ	$7, 0(SP)
	CALL	square(SB)
	MOVQ	8(SP), DI
	MOVL	$231, AX
	SYSCALL
	RET

TEXT square(SB),4,$0
	MOVQ	x+0(FP), AX
	IMULQ	AX, AX
	MOVQ	AX, r+8(FP)
	RET

DATA text<>+0(SB)/8, $"plan 9 s"
DATA text<>+8(SB)/8, $"ays hi!\\n"
GLOBL text<>(SB), 8, $16
"""

PROGRAMS = {
    "intel and att": ([("hello.s", INTEL), ("adds.s", ATT)], b"intel says hello\n", 42),
    "plan 9": ([("hello.s", PLAN9)], b"plan 9 says hi!\n", 49),
}


def build(sources):
    return link([assemble_text(text, name) for name, text in sources])


@runs_here
@pytest.mark.parametrize("sources, output, status", PROGRAMS.values(), ids=PROGRAMS)
def test_the_host_runs_what_we_write(tmp_path, sources, output, status):
    path = tmp_path / "program"
    build(sources).write_elf(path)
    result = subprocess.run([path], capture_output=True, timeout=10)
    assert (result.stdout, result.returncode) == (output, status)


@runs_here
def test_protections_hold(tmp_path):
    """A store to rodata and a jump into data end with SIGSEGV; a store to data doesn't."""
    outcomes = {}
    for name, code in {
        "store to rodata": "movb $1, constant(%rip)",
        "store to text": "movb $1, _start(%rip)",
        "jump into data": "leaq variable(%rip), %rax\njmp *%rax",
        "store to data": "movb $1, variable(%rip)",
        "store to bss": "movb $1, zeros+4999(%rip)",
    }.items():
        text = (
            f"_start: {code}\nmovl $60, %eax\nxorl %edi, %edi\nsyscall\n"
            ".section .rodata\nconstant: .byte 0\n.data\nvariable: .byte 0x90, 0xf4\n"
            ".bss\nzeros: .skip 5000\n"
        )
        path = tmp_path / name.replace(" ", "-")
        link([assemble_text(text, "x.s", dialect="att")]).write_elf(path)
        outcomes[name] = subprocess.run([path], timeout=10).returncode
    assert outcomes == {
        "store to rodata": -11,
        "store to text": -11,
        "jump into data": -11,
        "store to data": 0,
        "store to bss": 0,
    }


def test_pyelftools_reads_the_same_program(tmp_path, require_module):
    require_module("elftools")
    from elftools.elf.elffile import ELFFile

    program = build(PROGRAMS["intel and att"][0])
    path = tmp_path / "program"
    program.write_elf(path)
    with path.open("rb") as file:
        elf = ELFFile(file)
        assert (elf.elfclass, elf["e_type"], elf["e_machine"]) == (64, "ET_EXEC", "EM_X86_64")
        assert elf["e_entry"] == program.symbols["_start"].address
        loads = list(elf.iter_segments("PT_LOAD"))
        found = [(s["p_vaddr"], s["p_memsz"], bool(s["p_flags"] & 2), bool(s["p_flags"] & 1)) for s in loads]
        assert found == [(s.address, s.size, s.writable, s.executable) for s in program.segments]
        assert [s.data() for s in loads] == [s.data for s in program.segments]
        assert all(s["p_offset"] % 4096 == s["p_vaddr"] % 4096 for s in loads)
        (stack,) = elf.iter_segments("PT_GNU_STACK")
        assert stack["p_flags"] == 6
        sections = [section.name for section in elf.iter_sections()][1:5]
        assert sections == [".text", ".rodata", ".data", ".bss"]
        table = elf.get_section_by_name(".symtab")
        symbols = {s.name: (s["st_value"], s["st_info"]["bind"]) for s in table.iter_symbols() if s.name}
    assert symbols == {
        p.symbol.name: (p.address, "STB_LOCAL" if p.symbol.static else "STB_GLOBAL") for p in program
    }


def test_nm_and_objdump_show_our_names(tmp_path, require_tool):
    path = tmp_path / "program"
    program = build(PROGRAMS["plan 9"][0])
    program.write_elf(path)
    listed = run(require_tool("nm", "apt-get install binutils"), path)
    for placed in program:
        assert f"{placed.address:016x}" in listed and placed.symbol.name in listed
    code = run(require_tool("objdump"), "-d", path)
    assert f"<square>:\n  {program.symbols['square'].address:x}:" in code
    assert "<square>" in next(line for line in code.splitlines() if "call " in line)
    warned = subprocess.run([require_tool("readelf"), "-aW", path], capture_output=True, text=True)
    assert "arning" not in warned.stdout + warned.stderr


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_program_that_cannot_run_is_not_written(tmp_path):
    path = tmp_path / "program"
    with pytest.raises(ValueError, match="no entry"):
        link([assemble_text(".data\nx: .byte 1", "x.s", dialect="att")]).write_elf(path)
    unit = assemble_text("_start: call gone", "x.s", dialect="att")
    with pytest.raises(ValueError, match="undefined: gone"):
        link([unit], allow_undefined=True).write_elf(path)
    assert not path.exists()
