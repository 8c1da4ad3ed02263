/* Calls whose answer is the same on every system with a terminal and without files that matter. */
#include "start.h"

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n hlt\n");

static char page[8192] __attribute__((aligned(4096)));

#define HOLE 0x10000000ul
#define HALF 0x8000000000000000ul
#define P ((word)page)
#define EMPTY ((word) "")
#define LONG ((word)page)
#define SELF ((word) "/proc/self/exe")
#define RELATIVE ((word) "no-such-file")
#define NONE ((word) "/no/such/file")

static const struct {
	const char *name;
	word number, arguments[6];
} calls[] = {
	{ "arch_prctl set_fs", 158, { 0x1002, 0x7ffffffff000 } },
	{ "arch_prctl set_fs half", 158, { 0x1002, HALF } },
	{ "arch_prctl set_gs", 158, { 0x1001, 0x7fffffffefff } },
	{ "arch_prctl get_gs", 158, { 0x1004, HOLE } },
	{ "arch_prctl get_fs", 158, { 0x1003, HALF } },
	{ "arch_prctl unknown", 158, { 0x1234, 0 } },
	{ "arch_prctl zero", 158, { 0, 0 } },
	{ "set_robust_list", 273, { HOLE, 24 } },
	{ "set_robust_list 23", 273, { HOLE, 23 } },
	{ "set_robust_list 0", 273, { 0, 0 } },
	{ "sched_yield", 24, { 1, 2, 3 } },
	{ "getrandom none", 318, { HOLE, 0, 0 } },
	{ "getrandom hole", 318, { HOLE, 1, 0 } },
	{ "getrandom half", 318, { HALF, 1, 0 } },
	{ "getrandom half none", 318, { HALF, 0, 0 } },
	{ "getrandom flag 8", 318, { HOLE, 1, 8 } },
	{ "getrandom flags 6", 318, { HOLE, 1, 6 } },
	{ "getrandom flags high", 318, { HOLE, 0, 1ul << 32 } },
	{ "getrlimit 16", 97, { 16, HOLE } },
	{ "getrlimit hole", 97, { 3, HOLE } },
	{ "getrlimit -1", 97, { -1, HOLE } },
	{ "setrlimit hole", 160, { 3, HOLE } },
	{ "setrlimit 16", 160, { 16, HOLE } },
	{ "setrlimit 16 zero", 160, { 16, P } },
	{ "prlimit hole", 302, { 0, 3, HOLE, 0 } },
	{ "prlimit other", 302, { 0x7ffffff0, 3, 0, 0 } },
	{ "prlimit 16", 302, { 0, 16, 0, 0 } },
	{ "prlimit nothing", 302, { 0, 3, 0, 0 } },
	{ "prlimit old hole", 302, { 0, 3, 0, HOLE } },
	{ "prlimit other hole", 302, { 0x7ffffff0, 3, HOLE, 0 } },
	{ "uname hole", 63, { HOLE } },
	{ "uname half", 63, { HALF } },
	{ "open hole", 2, { HOLE, 0 } },
	{ "open half", 2, { HALF, 0 } },
	{ "open empty", 2, { EMPTY, 0 } },
	{ "open missing", 2, { NONE, 0 } },
	{ "open long", 2, { LONG, 0 } },
	{ "openat missing", 257, { -100, NONE, 0 } },
	{ "openat hole", 257, { 99, HOLE, 0 } },
	{ "openat absolute from a closed number", 257, { 99, NONE, 0 } },
	{ "openat from a closed number", 257, { 99, RELATIVE, 0 } },
	{ "openat from the terminal", 257, { 0, RELATIVE, 0 } },
	{ "openat empty from a closed number", 257, { 99, EMPTY, 0 } },
	{ "faccessat from a closed number", 269, { 99, RELATIVE, 0 } },
	{ "newfstatat from the terminal", 262, { 0, RELATIVE, P, 0 } },
	{ "readlinkat from a closed number", 267, { 99, RELATIVE, P, 3 } },
	{ "readlinkat from the terminal", 267, { 0, RELATIVE, P, 3 } },
	{ "access missing", 21, { NONE, 4 } },
	{ "access mode", 21, { NONE, 8 } },
	{ "access mode hole", 21, { HOLE, 8 } },
	{ "access hole", 21, { HOLE, 0 } },
	{ "access empty", 21, { EMPTY, 0 } },
	{ "faccessat missing", 269, { -100, NONE, 0 } },
	{ "stat missing", 4, { NONE, HOLE } },
	{ "stat empty", 4, { EMPTY, HOLE } },
	{ "lstat hole", 6, { HOLE, P } },
	{ "fstat closed", 5, { 99, P } },
	{ "fstat hole", 5, { 0, HOLE } },
	{ "fstat closed hole", 5, { 99, HOLE } },
	{ "newfstatat missing", 262, { -100, NONE, P, 0 } },
	{ "newfstatat empty", 262, { 0, EMPTY, P, 0 } },
	{ "newfstatat empty allowed", 262, { 0, EMPTY, P, 0x1000 } },
	{ "newfstatat closed", 262, { 99, EMPTY, P, 0x1000 } },
	{ "newfstatat flags", 262, { 0, NONE, P, 0x10000000 } },
	{ "newfstatat flags hole", 262, { 0, HOLE, P, 0x10000000 } },
	{ "newfstatat null", 262, { 0, 0, P, 0x1000 } },
	{ "newfstatat buffer hole", 262, { 0, EMPTY, HOLE, 0x1000 } },
	{ "readlink size 0", 89, { SELF, P, 0 } },
	{ "readlink size -1", 89, { SELF, P, -1 } },
	{ "readlink size 3", 89, { SELF, P, 3 } },
	{ "readlink hole", 89, { HOLE, P, 3 } },
	{ "readlink buffer hole", 89, { SELF, HOLE, 3 } },
	{ "readlink missing", 89, { NONE, P, 3 } },
	{ "readlink missing, size 0", 89, { NONE, P, 0 } },
	{ "readlink empty", 89, { EMPTY, P, 3 } },
	{ "readlinkat missing", 267, { -100, NONE, P, 3 } },
	{ "readlinkat size", 267, { 99, NONE, P, 0 } },
	{ "getcwd 0", 79, { P, 0 } },
	{ "getcwd 1", 79, { P, 1 } },
	{ "getcwd hole", 79, { HOLE, 4096 } },
	{ "getcwd", 79, { P, 4096 } },
	{ "ioctl closed", 16, { 99, 0x5401, P } },
	{ "ioctl TCGETS hole", 16, { 0, 0x5401, HOLE } },
	{ "ioctl TCGETS", 16, { 0, 0x5401, P } },
	{ "ioctl TIOCGWINSZ hole", 16, { 0, 0x5413, HOLE } },
	{ "ioctl unknown", 16, { 0, 0x1234, P } },
	{ "ioctl FIONREAD hole", 16, { 0, 0x541b, HOLE } },
	{ "writev closed", 20, { 99, HOLE, 1 } },
	{ "writev hole", 20, { 0, HOLE, 1 } },
	{ "writev none", 20, { 0, HOLE, 0 } },
	{ "writev -1", 20, { 0, P, -1 } },
	{ "writev 1025", 20, { 0, P, 1025 } },
	{ "writev 1025 hole", 20, { 0, HOLE, 1025 } },
	{ "writev high half of the count", 20, { 0, HOLE, 1ul << 32 } },
	{ "readv closed", 19, { 99, P, 0 } },
	{ "readv hole", 19, { 0, HOLE, 3 } },
	{ "readv 1025", 19, { 0, P, 1025 } },
	{ "poll hole", 7, { HOLE, 1, 0 } },
	{ "poll none", 7, { HOLE, 0, 0 } },
	{ "poll too many", 7, { HOLE, 0x7fffffff, 0 } },
	{ "poll too many, wrapped", 7, { HOLE, -1, 0 } },
	{ "munmap page 0", 11, { 0, 4096 } },
	{ "rt_sigaction", 13, { 99, 0, 0, 8 } },
};

void run(word *stack)
{
	for (word i = 0; i < 6000; i++)
		page[i] = 'a';
	for (word i = 0; i < sizeof calls / sizeof *calls; i++) {
		const word *a = calls[i].arguments;
		word answer = call6(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);

		text(calls[i].name);
		text(":");
		if (calls[i].number == 79 && (long)answer > 0)
			answer = 1; /* how long the path is */
		number(answer);
		text("\n");
		page[0] = 'a';
		page[1] = 'a';
		for (word at = 0; at < 4096; at++)
			page[at] = 'a';
	}
	finish(0);
}
