/* Registers and stack as a program finds them at its first instruction, as bytes. */
#include "start.h"

/* rax to r15, rflags, cs, ss, ds, es, fs, gs, the bases of fs and gs, mxcsr, x87's control word, tag word */
word registers[32];

__asm__(".globl _start\n"
	"_start:\n"
	" mov %rax, registers\n mov %rbx, registers+8\n mov %rcx, registers+16\n mov %rdx, registers+24\n"
	" mov %rsi, registers+32\n mov %rdi, registers+40\n mov %rbp, registers+48\n mov %rsp, registers+56\n"
	" mov %r8, registers+64\n mov %r9, registers+72\n mov %r10, registers+80\n mov %r11, registers+88\n"
	" mov %r12, registers+96\n mov %r13, registers+104\n mov %r14, registers+112\n mov %r15, registers+120\n"
	" mov %rsp, %rdi\n pushf\n popq registers+128\n"
	" mov %cs, registers+136\n mov %ss, registers+144\n mov %ds, registers+152\n"
	" mov %es, registers+160\n mov %fs, registers+168\n mov %gs, registers+176\n"
	" stmxcsr registers+200\n fnstenv registers+208\n"
	" and $-16, %rsp\n call run\n hlt\n");

void run(word *stack)
{
	word end = 0x7ffffffff000;

	call(158, 0x1003, &registers[23], 0);
	call(158, 0x1004, &registers[24], 0);
	call(1, 1, registers, sizeof registers);
	for (word at = (word)stack; at < end;)
		at += call(1, 1, at, end - at);
	finish(0);
}
