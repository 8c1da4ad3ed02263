/* Calls that arrange memory, in an order that the seed decides; the result of each, and what is left. */
#include "start.h"

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n hlt\n");

#ifdef ALONE /* MREMAP_DONTUNMAP would leave shared pages at both places */
#define SHARED 2
#define DONTUNMAP 4, 5, 5, 7, 7
#else
#define SHARED 1
#define DONTUNMAP 0
#endif

#define PAGE 4096ul
#define ARENA 0x1000000000ul
#define PAGES 48

static word state;

static word random_word(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static word below(word n)
{
	return (random_word() >> 11) % n;
}

static word pick(const word *from, word count)
{
	return from[below(count)];
}

#define ONE_OF(...) pick((const word[]){__VA_ARGS__}, sizeof((word[]){__VA_ARGS__}) / sizeof(word))

static word address(void)
{
	word page = ARENA + below(PAGES) * PAGE;

	switch (below(12)) {
	case 0: return page + ONE_OF(1, 8, 4095);
	case 1: return ONE_OF(0, 0, -PAGE, 0x7ffffffff000, 0x800000000000, -1);
	default: return page;
	}
}

static word size(void)
{
	switch (below(12)) {
	case 0: return ONE_OF(0, 1, 4095, 4097, -1, -PAGE, 1ul << 47, (1ul << 46) + PAGE);
	case 1: return below(8 * PAGE);
	default: return (1 + below(8)) * PAGE;
	}
}

static word protection(void)
{
	return below(10) ? below(8) : ONE_OF(8, 16, 0x1000000, 0x1000003, 0x2000000, 0x3000000, -1);
}

static word map_flags(void)
{
	word flags = ONE_OF(2, 2, 2, 2, 2, SHARED, 0, 3, 4) | 0x20;

	flags |= ONE_OF(0, 0, 0x10, 0x10, 0x10, 0x100000, 0x100010);
	return flags | ONE_OF(0, 0, 0, 0, 0, 0x4000, 0x8000, 0x20000, 0x40, 0x800, 0x100);
}

static int readable(word at)
{
	return !call6(14, 2, at, 0, 8, 0, 0);
}

static int writable(word at)
{
	return !call6(14, 2, 0, at, 8, 0, 0);
}

static void do_mmap(void)
{
	word at = address(), length = size(), prot = protection(), flags = map_flags();
	word fd = -1, offset = below(20) ? 0 : ONE_OF(PAGE, 1, -PAGE);

	if (!below(30)) {
		flags &= ~0x20;
		fd = ONE_OF(0, 99);
	}
	if (flags & 0x100010 && at < ARENA)
		at = ARENA;
	if (length >> 32)
		flags &= ~0x8000;
	text("mmap");
	hex(at), hex(length), hex(prot), hex(flags), hex(fd), hex(offset);
	text(" =");
	number(call6(9, at, length, prot, flags, fd, offset));
}

static void do_range(word n, const char *name, word third)
{
	word at = address(), length = size();

	if (length >> 32) /* the stack, or the host's vDSO, would be part of it */
		at = -PAGE;
	text(name);
	hex(at), hex(length), hex(third);
	text(" =");
	number(call(n, at, length, third));
}

#ifdef REMAP
static void do_mremap(void)
{
	word at = address(), old = size(), new = below(2) ? old : size();
	word flags = ONE_OF(0, 1, 1, 1, 3, 3, 3, 8, DONTUNMAP), target = address();

#ifndef ALONE /* shared memory neither grows nor is mapped twice */
	if (new > old || old + PAGE < 2 * PAGE)
		old = new;
#endif
	if (flags & 6 && target < ARENA)
		target = -1;
	text("mremap");
	hex(at), hex(old), hex(new), hex(flags), hex(target);
	text(" =");
	number(call6(25, at, old, new, flags, target, 0));
}
#endif

static void do_brk(word base)
{
	word at = base + ONE_OF(0, 1, PAGE, 3 * PAGE, 40 * PAGE, 100, -1, -PAGE, 1ul << 40, 1ul << 46, -base);

	text("brk");
	hex(at);
	text(" =");
	number(call(12, at, 0, 0));
}

static void store(void)
{
	word at = ARENA + below(PAGES) * PAGE;

	if (writable(at))
		*(word *)at = random_word();
}

static void survey(word from, word pages)
{
	for (word at = from; at < from + pages * PAGE; at += PAGE) {
		int can_read = readable(at);

		text(can_read ? writable(at) ? " rw" : " r-" : " --");
		if (can_read)
			hex(*(word *)(at + 8)), hex(*(word *)at);
	}
	text("\n");
}

/* Where the host has its vDSO, a system without one has a gap that mmap would use. */
static void fill_vdso(word *stack)
{
	word *at = stack + 1 + stack[0] + 1;
	int found = 0;

	while (*at++)
		;
	for (; *at; at += 2)
		found |= *at == 33;
	if (!found)
		call6(9, 0x7ffff7ff7000, 0x8000, 0, 0x32, -1, 0);
}

void run(word *stack)
{
	const char *seed = (const char *)stack[2];
	word base = call(12, 0, 0, 0);

	while (*seed)
		state = state * 10 + *seed++ - '0';
	state = (state + 1) * 0x9e3779b97f4a7c15;
	fill_vdso(stack);
	for (int i = 0; i < STEPS; i++) {
		switch (below(16)) {
		case 0: case 1: case 2: case 3: case 4: do_mmap(); break;
		case 5: case 6: do_range(11, "munmap", 0); break;
		case 7: case 8: do_range(10, "mprotect", protection()); break;
		case 9: do_range(28, "madvise", ONE_OF(0, 1, 2, 3, 4, 4, 4, 8, 9, 10, 16, 17, 22, 23, 5, 77)); break;
		case 10: do_brk(base); break;
#ifdef REMAP
		case 11: case 12: do_mremap(); break;
#endif
		default: store(); continue;
		}
		text("\n");
		if (i % 16 == 0)
			survey(ARENA, PAGES);
	}
	survey(ARENA, PAGES);
	survey(base, 8);
	finish(0);
}
