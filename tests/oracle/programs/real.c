/* What a C program does in an ordinary life: the first argument says what. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

static int count;
static char **words;

static int hello(void)
{
	printf("hello, %s\n", count > 2 ? words[2] : "world");
	fprintf(stderr, "and %d to standard error\n", 42);
	return 0;
}

static int arguments(void)
{
	extern char **environ;

	printf("%d\n", count);
	for (int i = 2; i < count; i++)
		printf("[%s]\n", words[i]);
	for (char **at = environ; *at; at++)
		printf("<%s>\n", *at);
	printf("HOME=%s\n", getenv("HOME") ? getenv("HOME") : "none");
	return count;
}

static int leave(void)
{
	exit(atoi(words[2]));
}

static void farewell(void)
{
	puts("farewell");
}

static int at_exit(void)
{
	atexit(farewell);
	printf("no newline yet, ");
	return 7;
}

static int allocate(void)
{
	enum { SLOTS = 200 };
	char *slots[SLOTS] = { 0 };
	size_t sizes[SLOTS] = { 0 };
	uint32_t state = 1, sum = 0;

	for (int step = 0; step < 4000; step++) {
		state = state * 1664525 + 1013904223;
		int slot = (state >> 8) % SLOTS;
		size_t size = 1ul << (state >> 16) % 18;

		for (size_t i = 0; i < sizes[slot]; i += 61)
			sum = sum * 31 + (unsigned char)slots[slot][i];
		if (state >> 30 == 3) {
			free(slots[slot]);
			slots[slot] = NULL;
			sizes[slot] = 0;
			continue;
		}
		slots[slot] = realloc(slots[slot], size);
		if (size > sizes[slot])
			memset(slots[slot] + sizes[slot], step, size - sizes[slot]);
		sizes[slot] = size;
	}
	char *large = malloc(1 << 20);
	memset(large, 'x', 1 << 20);
	for (size_t size = 2 << 20; size <= 16 << 20; size *= 2) {
		large = realloc(large, size);
		sum = sum * 31 + large[(1 << 20) - 1];
		large[size - 1] = 'y';
	}
	free(large);
	int *zeros = calloc(1 << 20, sizeof *zeros);
	for (int i = 0; i < 1 << 20; i += 1024)
		sum += zeros[i];
	free(zeros);
	printf("%08x %s\n", sum, malloc((size_t)1 << 62) ? "?" : strerror(errno));
	return 0;
}

static int sum_input(void)
{
	char line[256];
	long total = 0, lines = 0;

	while (fgets(line, sizeof line, stdin)) {
		total += strtol(line, NULL, 0);
		lines++;
	}
	printf("%ld lines, %ld\n", lines, total);
	return feof(stdin) ? 0 : 1;
}

static int copy_input(void)
{
	char bytes[7];
	ssize_t got;

	while ((got = read(0, bytes, sizeof bytes)) > 0)
		if (write(1, bytes, got) != got)
			return 1;
	return got;
}

static int die_abort(void)
{
	printf("before\n");
	fflush(stdout);
	abort();
}

static int die_raise(void)
{
	raise(atoi(words[2]));
	puts("alive");
	return 0;
}

static int die_null(void)
{
	*(volatile int *)8 = 1;
	return 0;
}

static int die_divide(void)
{
	volatile int seven = 7, zero = 0;

	return seven / zero;
}

static int die_illegal(void)
{
	__asm__ volatile("ud2");
	return 0;
}

static int die_trap(void)
{
	__asm__ volatile("int3");
	return 0;
}

static int die_execute(void)
{
	static char code[] = { (char)0xc3 };

	((void (*)(void))code)();
	return 0;
}

static int descend(int depth)
{
	volatile char room[1024];

	room[depth % 1024] = depth;
	return depth ? descend(depth - 1) + room[depth % 1024] : 0;
}

static int recursion(void)
{
	printf("%d\n", descend(5000));
	return 0;
}

static int die_overflow(void)
{
	return descend(1 << 30);
}

static sigjmp_buf back;
static char stack[65536];

static void on_fault(int signal, siginfo_t *info, void *context)
{
	char here;

	(void)context;
	printf("signal %d, code %d, on %s stack\n", signal, info->si_code,
	       &here >= stack && &here < stack + sizeof stack ? "the alternate" : "the normal");
	siglongjmp(back, 1);
}

static int caught(int (*doing)(void), int signal)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };

	sigaltstack(&alternate, NULL);
	sigaction(signal, &action, NULL);
	if (!sigsetjmp(back, 1))
		doing();
	return 0;
}

static int touch_reserved(void)
{
	char *reserved = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return *(volatile char *)reserved;
}

static int write_constant(void)
{
	*(volatile char *)(uintptr_t)"constant" = 'C';
	return 0;
}

static int catching(void)
{
	caught(die_null, SIGSEGV);
	caught(die_overflow, SIGSEGV);
	caught(touch_reserved, SIGSEGV);
	caught(write_constant, SIGSEGV);
	caught(die_divide, SIGFPE);
	caught(die_illegal, SIGILL);
	caught(die_trap, SIGTRAP);
	puts("still here");
	return 0;
}

static char huge[300 << 20];

static int sparse(void)
{
	long sum = 0;

	for (size_t at = 0; at < sizeof huge; at += 1 << 20)
		huge[at] = at >> 20;
	for (size_t at = 0; at < sizeof huge; at += 1 << 19)
		sum += huge[at];
	char *reserved = mmap(NULL, 1ul << 36, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	mprotect(reserved + (1ul << 35), 8192, PROT_READ | PROT_WRITE);
	reserved[1ul << 35] = 5;
	printf("%ld %d", sum, reserved[1ul << 35]);
	printf(" %d\n", munmap(reserved, 1ul << 36));
	return 0;
}

static int numbers(void)
{
	long double third = 1.0L / 3;
	double x = 0.1;

	printf("%.17g %.20Lg %a %e\n", x + 0.2, third, x, 6.02214076e23);
	printf("%.15f %.15f %.15f\n", sin(1), exp(1), pow(2, 0.5));
	printf("%ld %lu %lld\n", lrint(2.5), strtoul("ffffffffffffffff", NULL, 16), (long long)-1e18);
	printf("%f %f %f\n", strtod("1e-320", NULL), INFINITY, NAN);
	return 0;
}

static int compare(const void *one, const void *other)
{
	int x = *(const int *)one, y = *(const int *)other;

	return (x > y) - (x < y);
}

static int sorting(void)
{
	static int items[20000];
	uint32_t state = 12345, sum = 0;

	for (int i = 0; i < 20000; i++)
		items[i] = (int)((state = state * 1664525 + 1013904223) >> 8);
	qsort(items, 20000, sizeof *items, compare);
	for (int i = 0; i < 20000; i++)
		sum = sum * 31 + items[i];
	printf("%d %d %08x\n", items[0], items[19999], sum);
	return 0;
}

static __thread int local = 17;
static _Thread_local char name[8] = "thread";

static int thread_storage(void)
{
	local++;
	printf("%d %s\n", local, name);
	return 0;
}

static int vector(void)
{
	struct iovec parts[] = { { "one ", 4 }, { "", 0 }, { "two\n", 4 } };

	printf("%zd\n", writev(1, parts, 3));
	return 0;
}

static int missing(void)
{
	FILE *file = fopen("/no/such/file", "r");

	perror("fopen");
	fprintf(stderr, "%d %d %d\n", file == NULL, open("/no/such/file", O_RDONLY), access("/no/such/file", R_OK));
	return isatty(7);
}

static int vector_entries(void)
{
	printf("%lu %lu %d %s\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), getauxval(AT_ENTRY) != 0,
	       (char *)getauxval(AT_PLATFORM));
	printf("%ld %d %ld\n", sysconf(_SC_PAGESIZE), getpagesize(), getauxval(AT_SECURE));
	printf("%s\n", strcmp((char *)getauxval(AT_EXECFN), words[0]) ? "other" : "same");
	return 0;
}

static int limits(void)
{
	struct rlimit limit = { 1 << 20, 2 << 20 };

	printf("%d", setrlimit(RLIMIT_STACK, &limit));
	getrlimit(RLIMIT_STACK, &limit);
	printf(" %lu %lu", (long)limit.rlim_cur, (long)limit.rlim_max);
	limit.rlim_cur = 3 << 20;
	printf(" %d", setrlimit(RLIMIT_STACK, &limit));
	printf(" %d %d\n", errno, getrlimit(99, &limit));
	fflush(stdout);
	return descend(2000);
}

static const struct {
	const char *name;
	int (*run)(void);
} table[] = {
	{ "hello", hello }, { "arguments", arguments }, { "exit", leave }, { "atexit", at_exit },
	{ "malloc", allocate }, { "sum", sum_input }, { "copy", copy_input }, { "abort", die_abort },
	{ "raise", die_raise }, { "null", die_null }, { "divide", die_divide }, { "illegal", die_illegal },
	{ "trap", die_trap }, { "execute", die_execute }, { "recursion", recursion }, { "overflow", die_overflow },
	{ "catching", catching }, { "sparse", sparse }, { "numbers", numbers }, { "sorting", sorting },
	{ "tls", thread_storage }, { "writev", vector }, { "missing", missing }, { "auxv", vector_entries },
	{ "limits", limits },
};

int main(int argc, char **argv)
{
	count = argc;
	words = argv;
	for (size_t i = 0; argc > 1 && i < sizeof table / sizeof *table; i++)
		if (!strcmp(argv[1], table[i].name))
			return table[i].run();
	return 99;
}
