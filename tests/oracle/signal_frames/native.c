/* Runs a few bytes of code with known registers until a signal comes, and writes what its handler finds.

   native FLAGS MASK STACK CODE: sa_flags and sa_mask of every signal in hex; STACK 1 sets an alternate stack
   (2: with SS_AUTODISARM, 3: too small a one); CODE in hex; a fifth argument is - and edits of SIGUSR1's frame.
   Writes to standard output: 64 KiB with the registers at the handler's entry in front, the 64 KiB in which the
   code's stack pointer stands in the middle, and the 64 KiB of the alternate stack; both were filled with 0xaa. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CODE 0x2a2000000000
#define STACK 0x2a2100000000
#define ALTERNATE 0x2a2200000000
#define SAVE 0x2a2300000000
#define SIZE 0x10000

void entry(void);
void restorer(void);
void start(void);

/* SAVE: rax rbx rcx rdx rsi rdi rbp rsp r8..r15 rip rflags cs ss, then mxcsr (4) and fcw (2), xmm3. */
__asm__(
    "entry:\n"
    "movabs %rax, 0x2a2300000000\n"
    "movabs $0x2a2300000000, %rax\n"
    "mov %rbx, 8(%rax)\n mov %rcx, 16(%rax)\n mov %rdx, 24(%rax)\n mov %rsi, 32(%rax)\n"
    "mov %rdi, 40(%rax)\n mov %rbp, 48(%rax)\n mov %rsp, 56(%rax)\n mov %r8, 64(%rax)\n"
    "mov %r9, 72(%rax)\n mov %r10, 80(%rax)\n mov %r11, 88(%rax)\n mov %r12, 96(%rax)\n"
    "mov %r13, 104(%rax)\n mov %r14, 112(%rax)\n mov %r15, 120(%rax)\n"
    "lea entry(%rip), %rbx\n mov %rbx, 128(%rax)\n"
    "lea 4096(%rax), %rsp\n pushfq\n pop 136(%rax)\n"
    "mov %cs, %ebx\n mov %rbx, 144(%rax)\n mov %ss, %ebx\n mov %rbx, 152(%rax)\n"
    "stmxcsr 160(%rax)\n fnstcw 164(%rax)\n movups %xmm3, 176(%rax)\n"
    "push $0x202\n popfq\n" /* AC would make the C library's moves fault */
    "call finish\n"
    "restorer: mov $15, %eax\n syscall\n"
    "start:\n"
    "mov $0x1010101010101010, %rax\n movups %xmm15, %xmm3\n"
    "movq %rax, %xmm3\n fld1\n"
    "mov $0x2a2000000000, %rbx\n mov $0x3030303030303030, %rcx\n mov $0x4040404040404040, %rdx\n"
    "mov $0x5050505050505050, %rsi\n mov $0x6060606060606060, %rdi\n mov $0x7070707070707070, %rbp\n"
    "mov $0x2a2100008000, %rsp\n mov $0x0808080808080808, %r8\n mov $0x0909090909090909, %r9\n"
    "mov $0x0a0a0a0a0a0a0a0a, %r10\n mov $0x0b0b0b0b0b0b0b0b, %r11\n mov $0x0c0c0c0c0c0c0c0c, %r12\n"
    "mov $0x0d0d0d0d0d0d0d0d, %r13\n mov $0x0e0e0e0e0e0e0e0e, %r14\n mov $0x0f0f0f0f0f0f0f0f, %r15\n"
    "cmp %rax, %rax\n"
    "jmp *%rbx\n");

static uint64_t area_size;
static const char *edits;

/* The handler of SIGUSR1 when frames are to be edited: each edit is WHAT:OFFSET:SIZE:VALUE. */
static void edit(int signal, void *info, char *context)
{
    char *frame = context - 8;
    uint64_t *pointer = (uint64_t *)(frame + 232);
    char *area = (char *)*pointer;
    area_size = *(uint32_t *)(area + 480);
    for (const char *at = edits; *at;) {
        char what = *at;
        char *end;
        uint64_t offset = strtoul(at + 2, &end, 16), size = strtoul(end + 1, &end, 10), value = strtoul(end + 1, &end, 16);
        at = *end ? end + 1 : end;
        if (what == 'c') {
            memcpy((char *)offset, area, area_size + 4);
            area = (char *)offset;
            *pointer = offset;
        } else
            memcpy((what == 'f' ? frame : what == 'x' ? area : area + area_size) + offset, &value, size);
    }
}

void finish(void)
{
    for (uint64_t at = 0; at < SIZE;) at += write(1, (char *)SAVE + at, SIZE - at);
    for (uint64_t at = 0; at < SIZE;) at += write(1, (char *)STACK + at, SIZE - at);
    for (uint64_t at = 0; at < SIZE;) at += write(1, (char *)ALTERNATE + at, SIZE - at);
    _exit(0);
}

static unsigned char *map(uint64_t address, int protection)
{
    void *got = mmap((void *)address, SIZE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (got != (void *)address) _exit(3);
    return got;
}

int main(int argc, char **argv)
{
    if (argc < 5) return 2;
    int mode = atoi(argv[3]);
    unsigned char *code = map(CODE, PROT_READ | PROT_WRITE);
    for (char *hex = argv[4]; hex[0] && hex[1]; hex += 2) {
        char pair[3] = {hex[0], hex[1], 0};
        *code++ = strtoul(pair, 0, 16);
    }
    mprotect((void *)CODE, SIZE, PROT_READ | PROT_EXEC);
    memset(map(STACK, PROT_READ | PROT_WRITE), 0xaa, SIZE);
    memset(map(ALTERNATE, PROT_READ | PROT_WRITE), 0xaa, SIZE);
    map(SAVE, PROT_READ | PROT_WRITE);
    struct { uint64_t handler, flags, restorer, mask; } action = {
        (uint64_t)entry, strtoul(argv[1], 0, 16), (uint64_t)restorer, strtoul(argv[2], 0, 16)};
    for (int signal = 1; signal <= 64; signal++)
        if (signal != 9 && signal != 19) syscall(SYS_rt_sigaction, signal, &action, 0, 8);
    if (argc > 5) {
        edits = argv[5] + 1;
        action.handler = (uint64_t)edit;
        syscall(SYS_rt_sigaction, 10, &action, 0, 8);
    }
    struct { uint64_t address; int32_t flags, padding; uint64_t size; } stack = {
        ALTERNATE, mode == 2 ? 0x80000000 : 0, 0, mode == 3 ? 2048 : SIZE};
    if (mode) syscall(SYS_sigaltstack, &stack, 0);
    start();
    return 4;
}
