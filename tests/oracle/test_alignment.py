"""Alignment faults, and what SSE instructions require of their operands, as the host's processor has them."""

from __future__ import annotations

import pytest

from tests.oracle.test_single_step import Host, compare, host, pytestmark

__all__ = ["host", "pytestmark"]

# Each with RSI and RDI one byte beyond a multiple of 64, and with AC set.
ACCESSES = (
    "mov al, [rsi]", "mov ax, [rsi]", "mov eax, [rsi]", "mov rax, [rsi]", "mov [rsi], rax",
    "mov [rsi + 1], rax", "mov [rsi + 3], rax", "mov [rsi + 3], eax", "mov [rsi + 7], rax",
    "inc dword ptr [rsi]", "lock inc word ptr [rsi]", "lea rax, [rsi]", "nop dword ptr [rsi]",
    "prefetcht0 [rsi]", "push qword ptr [rsi]", "pop qword ptr [rsi]", "movsb", "movsw", "movsq",
    "lea rsi, [rsi + 7]; movsq", "stosd", "lodsw", "scasw", "cmpsd", "mov ecx, 2; rep movsw",
    "xor ecx, ecx; rep movsw", "mov ecx, 2; rep movsb", "mov ecx, 2; repe cmpsw", "add rsp, 1; push rax",
    "add rsp, 1; pop rax", "add rsp, 1; push ax", "add rsp, 2; push ax", "add rsp, 1; pushfq",
    "add rsp, 1; popfq", "add rsp, 1; call l; l: nop", "add rsp, 1; ret", "mov rbp, rsi; leave",
    "add rsp, 1; enter 8, 0", "add rsp, 4; push rax", "call [rsi]", "jmp [rsi]", "cmpxchg [rsi], rcx",
    "cmpxchg8b [rsi]", "cmpxchg16b [rsi]", "cmpxchg16b [rsi + 7]", "xadd [rsi], eax", "bt dword ptr [rsi], 3",
    "mov eax, 40; bt [rsi], eax", "mov eax, 40; bts [rsi], rax", "mov ax, 17; btr [rsi], ax",
    "movzx eax, byte ptr [rsi]", "movzx eax, word ptr [rsi]", "movsxd rax, dword ptr [rsi]",
    "crc32 eax, word ptr [rsi]", "popcnt ax, [rsi]", "setz [rsi]", "cmovz eax, [rsi]", "cmovnz rax, [rsi]",
    "xchg [rsi], rax", "div dword ptr [rsi]", "imul rax, [rsi], 3", "shl dword ptr [rsi], 3",
    "shld [rsi], eax, 3", "not word ptr [rsi]", "mov rbx, rsi; xlatb", "movups xmm0, [rsi]",
    "movups [rsi], xmm0", "movupd xmm0, [rsi + 7]", "movdqu xmm0, [rsi]", "movdqu [rsi + 3], xmm0",
    "lddqu xmm0, [rsi]", "movups xmm0, [rsi + 15]", "movaps xmm0, [rsi]", "movaps [rsi + 7], xmm0",
    "movaps [rsi + 15], xmm0", "movapd xmm0, [rsi]", "movdqa [rsi], xmm0", "movntps [rsi], xmm0",
    "movntdq [rsi], xmm0", "movntpd [rsi], xmm0", "movntdqa xmm0, [rsi]", "movnti [rsi], eax",
    "addps xmm0, [rsi]", "paddd xmm0, [rsi]", "paddd xmm0, [rsi + 15]", "pshufb xmm0, [rsi]",
    "pcmpistri xmm0, [rsi], 0", "pcmpestrm xmm0, [rsi], 0", "cvtps2pd xmm0, [rsi]", "cvtdq2pd xmm0, [rsi]",
    "movddup xmm0, [rsi]", "movshdup xmm0, [rsi]", "movss xmm0, [rsi]", "movsd xmm0, [rsi]",
    "movsd [rsi], xmm0", "movlps xmm0, [rsi]", "movhpd [rsi], xmm0", "addss xmm0, [rsi]", "mulsd xmm0, [rsi]",
    "cvtsi2sd xmm0, dword ptr [rsi]", "movd xmm0, [rsi]", "movq xmm0, [rsi]", "movq mm0, [rsi]",
    "paddb mm0, [rsi]", "punpcklbw mm0, [rsi]", "punpcklbw xmm0, [rsi]", "pinsrw xmm0, [rsi], 1",
    "pextrd [rsi], xmm0, 1", "pinsrb xmm0, [rsi], 3", "pmovzxbw xmm0, [rsi]", "pmovsxbq xmm0, [rsi]",
    "insertps xmm0, [rsi], 0", "maskmovdqu xmm0, xmm0", "maskmovq mm0, mm0",
    "add rdi, 7; maskmovdqu xmm0, xmm0", "add rdi, 15; maskmovdqu xmm0, xmm0", "unpcklps xmm0, [rsi]",
    "roundsd xmm0, [rsi], 0", "fld dword ptr [rsi]", "fld qword ptr [rsi]", "fld tbyte ptr [rsi]",
    "fild word ptr [rsi]", "fild qword ptr [rsi]", "fld1; fstp tbyte ptr [rsi]",
    "fld1; fstp tbyte ptr [rsi + 7]", "fld tbyte ptr [rsi + 3]", "fbld [rsi]", "fnstcw [rsi]", "fldcw [rsi]",
    "fnstsw [rsi]", "fnstenv [rsi]", "fnstenv [rsi + 1]", "fnstenv [rsi + 3]", "fnsave [rsi]",
    "fnsave [rsi + 3]", "stmxcsr [rsi]", "fxsave [rsi]", "fxsave [rsi + 7]", "fxsave [rsi + 15]",
    "fxsave [rsi + 1]", "fxsave [rsi + 3]", "fxrstor [rsi + 3]", "fxrstor [rsi + 7]", "clflush [rsi]",
    "mov rsi, r15; mov eax, [rsi + 1]", "mov rsi, r15; movaps xmm0, [rsi + 1]",
    "pcmpeqd xmm0, xmm0; maskmovdqu xmm0, xmm0", "pcmpeqd xmm0, xmm0; inc rdi; maskmovdqu xmm0, xmm0",
    "mov eax, fs:[rsi]", "mov rax, [0x1001]", "mov [0x1003], ax", "mov ax, [rip]", "mov ax, [rip + 1]",
    "mov rax, [rsi + 0x3ff8]", "mov rax, [rsi + 0x3ffb]", "mov [rip + 2], rax",
    "mov ebx, esi; mov eax, [ebx]", "mov ebx, esi; mov eax, [ebx + 3]", "movaps xmm0, [0x1001]",
    "mov rcx, [rsi + r15]",
)  # fmt: skip


@pytest.mark.parametrize("code", ACCESSES)
def test_alignment_is_checked_as_the_host_checks_it(host: Host, code: str):
    compare(host, f"inc rsi; inc rdi; push 0x40202; popfq; {code}; nop", 12, r15=1 << 63)
