/* Runs a static program under ptrace and writes down every user state it goes through.

   tracer PROGRAM RECORDS START SIZE FLAGS

   A user state is what the program would execute its next instruction from: all registers, and the
   memory [START, START+SIZE) by its changes; with FLAGS & STACK also the stack below the first RSP.
   States that a signal frame replaces before anything ran are not written. RECORDS gets, in this
   order: struct record, registers (user_regs_struct), then `count` times struct change and bytes.

   SYSCALL is run through PTRACE_SYSCALL, everything else through PTRACE_SINGLESTEP. So the program
   never runs a SYSCALL with TF set (R11 would show it). The kernel forces SIGTRAP for each step, which
   takes it out of the blocked set: it is put back. PUSHFQ pushes the TF that steps: it is taken out.
   After a POPFQ the kernel takes the next step's TF for the program's own: see forget_step(). A handler
   of SIGTRAP is lost by a step while SIGTRAP is blocked: a program that needs it runs with FLAGS &
   COARSE, from SYSCALL to SYSCALL or signal. */

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATE = 1, LEAPT, FINAL, SIGNAL_AT_LEAP, STOPPED, ENDED };
enum { COARSE = 1, CONTINUE = 2, STACK = 4 };
enum { STACK_SIZE = 0x10000 };
enum { USER_CS = 0x33, USER_SS = 0x2b, TF = 0x100 };
enum { PAGE = 4096, ENTRY_NOTICE = SIGTRAP, PATIENCE = 5 };

struct record {
    uint32_t kind, value, count, pid;
};
struct change {
    uint64_t address, size;
};

static pid_t pid;
static FILE *out;
static struct change watched[2]; /* address and size of what is watched */
static uint64_t size;            /* of all of it: the buffers hold one after the other */
static unsigned char *written, *current; /* memory as recorded, and as of `state` */
static struct user_regs_struct state;
static int frames;       /* made since the last state that was recorded */
static int pending;      /* `state` waits to be recorded: something must be executed from it first */
static int flags, in_syscall;
static int to_pass;      /* the signal to resume with */
static int handled;      /* whether that one has a handler */
static int leaping;      /* whether the stretch that runs is not stepped */
static uint64_t mask;    /* the program's, before the stop */
static uint64_t waiting; /* signals that will be delivered before anything is executed */

static void fail(const char *what) {
    fprintf(stderr, "tracer: %s: %s\n", what, strerror(errno));
    if (pid > 0)
        kill(pid, SIGKILL);
    exit(2);
}

static void late(int signal) {
    (void)signal;
    static const char text[] = "tracer: the program hangs\n";
    if (write(2, text, sizeof text - 1) < 0)
        _exit(4);
    kill(pid, SIGKILL);
    _exit(3);
}

static long ask(int request, void *address, void *data) {
    errno = 0;
    long answer = ptrace(request, pid, address, data);
    if (answer == -1 && errno)
        fail("ptrace");
    return answer;
}

static void read_memory(uint64_t address, uint64_t length, unsigned char *to) {
    for (uint64_t at = 0; at < length;) {
        struct iovec local = {to + at, length - at}, remote = {(void *)(address + at), length - at};
        ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
        at += got > 0 ? got : 0;
        if (at < length) { /* pages that can't be read count as zeros */
            uint64_t rest = PAGE - (address + at) % PAGE;
            memset(to + at, 0, rest < length - at ? rest : length - at);
            at += rest;
        }
    }
}

static void snapshot(unsigned char *to) {
    read_memory(watched[0].address, watched[0].size, to);
    read_memory(watched[1].address, watched[1].size, to + watched[0].size);
}

static void watch(uint64_t address, uint64_t length) {
    watched[size != 0] = (struct change){address, length};
    size += length;
    written = realloc(written, size + 16);
    current = realloc(current, size + 16);
    if (!written || !current)
        fail("memory");
    memset(written, 0, size + 16);
    memset(current, 0, size + 16);
}

static int next_change(uint64_t *at, uint64_t *length) {
    while (*at < size && !memcmp(current + *at, written + *at, 8))
        *at += 8;
    uint64_t end = *at, stop = *at < watched[0].size ? watched[0].size : size;
    while (end < stop && memcmp(current + end, written + end, 8))
        end += 8;
    *length = end - *at;
    return *at < size;
}

static uint64_t address_of(uint64_t at) {
    return at < watched[0].size ? watched[0].address + at : watched[1].address + at - watched[0].size;
}

static void record(uint32_t kind, uint32_t value, const struct user_regs_struct *registers) {
    struct record head = {kind, value, 0, pid};
    uint64_t at, length;
    for (at = 0; next_change(&at, &length); at += length)
        head.count++;
    fwrite(&head, sizeof head, 1, out);
    fwrite(registers, sizeof *registers, 1, out);
    for (at = 0; next_change(&at, &length); at += length) {
        struct change change = {address_of(at), length};
        fwrite(&change, sizeof change, 1, out);
        fwrite(current + at, 1, length, out);
    }
    memcpy(written, current, size);
}

static void status_masks(uint64_t *deliverable, uint64_t *caught) {
    char path[64], text[8192];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    int file = open(path, O_RDONLY);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (length < 0)
        fail("status");
    close(file);
    text[length] = 0;
    uint64_t found_masks[4];
    const char *names[] = {"SigPnd:", "ShdPnd:", "SigBlk:", "SigCgt:"};
    for (int i = 0; i < 4; i++) {
        char *found = strstr(text, names[i]);
        found_masks[i] = found ? strtoull(found + 7, NULL, 16) : 0;
    }
    *deliverable = (found_masks[0] | found_masks[1]) & ~found_masks[2];
    *caught = found_masks[3];
}

/* The stop's registers and memory become the state to be recorded next. */
static void take(void) {
    ask(PTRACE_GETREGS, 0, &state);
    snapshot(current);
    pending = 1;
}

static void flush(void) {
    if (pending) {
        record(STATE, frames, &state);
        frames = 0;
    }
    pending = 0;
}

static int at_code(long bytes, long mask) {
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, pid, (void *)state.rip, 0);
    return !errno && (word & mask) == bytes;
}

static int at_syscall(void) { return at_code(0x050f, 0xffff); }

/* The word that a stepped PUSHFQ left, without the tracer's own TF. */
static void hide_step(void) {
    struct user_regs_struct now;
    ask(PTRACE_GETREGS, 0, &now);
    long word = ask(PTRACE_PEEKDATA, (void *)now.rsp, 0);
    ask(PTRACE_POKEDATA, (void *)now.rsp, (void *)(word & ~TF));
}

static int wait_for_stop(void) {
    int status;
    if (waitpid(pid, &status, __WALL) != pid)
        fail("waitpid");
    return status;
}

/* Resuming without a step makes the kernel forget the last one; a SIGSTOP, which the program never sees,
   brings it back before it runs an instruction. */
static void forget_step(void) {
    syscall(SYS_tgkill, pid, pid, SIGSTOP);
    ask(PTRACE_SYSCALL, 0, 0);
    int status = wait_for_stop();
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP)
        fail("SIGSTOP");
}

static int to_be_restarted(void) {
    int64_t rax = state.rax;
    return rax <= -512 && rax >= -516 && (int64_t)state.orig_rax >= 0;
}

static uint64_t bit(int signal) { return signal ? 1ull << (signal - 1) : 0; }

static void become_program(char **argv) {
    struct rlimit core;
    unsigned long nothing = 0, action[4] = {0}; /* the kernel's struct: SIG_DFL, no flags, no mask */
    /* What a job runner ignores or blocks is inherited. By hand: the C library hides signals 32 and 33. */
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, NULL, sizeof nothing);
    for (int number = 1; number <= 64; number++)
        syscall(SYS_rt_sigaction, number, action, NULL, sizeof nothing);
    personality(ADDR_NO_RANDOMIZE);
    getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = core.rlim_max;
    setrlimit(RLIMIT_CORE, &core); /* without a core file there is no core flag */
    if (setpgid(0, 0) < 0)         /* kill(0) must reach nobody else; an orphaned group would not stop */
        _exit(126);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(argv[1], (char *[]){argv[1], NULL});
    perror(argv[1]);
    _exit(127);
}

/* A SYSCALL was entered: from `state`, from its restart, or after a stretch that was not stepped. */
static void entered(void) {
    struct user_regs_struct entry;
    int leapt = 0;
    ask(PTRACE_GETREGS, 0, &entry);
    entry.rip -= 2;
    if (to_be_restarted() && pending && entry.rip + 2 == state.rip) {
        state.rip = entry.rip;
        state.rax = entry.orig_rax;
    } else if (entry.rip != state.rip) {
        leapt = 1;
        flush();
        state = entry;
        state.rax = entry.orig_rax;
        snapshot(current);
    }
    if (leapt)
        record(LEAPT, 0, &state);
    else
        flush();
    pending = 0;
}

/* Lets the program run to its next stop, which comes before anything is executed if signals wait. */
static void resume(void) {
    uint64_t caught;
    status_masks(&waiting, &caught);
    ask(PTRACE_GETSIGMASK, (void *)sizeof mask, &mask);
    handled = (caught & bit(to_pass)) != 0;
    int held = handled || waiting;
    int through = in_syscall || (!held && (to_be_restarted() || at_syscall()));
    leaping = !through && !held && flags & COARSE;
    ask(through || leaping ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, 0, (void *)(long)to_pass);
    to_pass = 0;
}

/* The program is about to be gone: its memory can be read for the last time. */
static int finish(void) {
    ask(PTRACE_GETREGS, 0, &state);
    snapshot(current);
    record(FINAL, 0, &state);
    ptrace(PTRACE_CONT, pid, 0, 0);
    return wait_for_stop();
}

/* A group-stop: the end, or the time for SIGCONT. */
static void stopped(int signal) {
    snapshot(current);
    record(STOPPED, signal, &state);
    if (!(flags & CONTINUE)) {
        kill(pid, SIGKILL);
        wait_for_stop();
        fclose(out);
        exit(0);
    }
    flags &= ~CONTINUE;
    kill(pid, SIGCONT);
}

/* An instruction was stepped. If the program had set TF itself, the SIGTRAP is its own. */
static void stepped(void) {
    int own = (state.eflags & TF) != 0, pushed = at_code(0x9c, 0xff), popped = at_code(0x9d, 0xff);
    if (pushed && !own)
        hide_step();
    flush();
    take();
    if (mask & bit(SIGTRAP))
        ask(PTRACE_SETSIGMASK, (void *)sizeof mask, &mask);
    if (popped && !own)
        forget_step();
    if (own) {
        pending = 0;
        to_pass = SIGTRAP;
    }
}

/* A signal is about to be delivered: one that waited, or one for a fault of `state`'s instruction. */
static void signalled(int signal) {
    to_pass = signal;
    if (waiting & bit(signal) || handled)
        return;
    int64_t high = (int64_t)state.rip >> 47;
    if (state.cs != USER_CS || state.ss != USER_SS || (high != 0 && high != -1))
        pending = 0; /* it was the way back to user mode that faulted */
    flush();
    if (leaping) {
        ask(PTRACE_GETREGS, 0, &state);
        snapshot(current);
        record(SIGNAL_AT_LEAP, signal, &state);
    }
}

static void framed(void) {
    frames++;
    take();
}

static void classify(int signal) {
    siginfo_t info;
    if (signal == (SIGTRAP | 0x80)) {
        in_syscall = !in_syscall;
        if (in_syscall)
            entered();
        else
            take();
    } else if (ptrace(PTRACE_GETSIGINFO, pid, 0, &info) < 0) {
        stopped(signal);
    } else if (signal == SIGTRAP && info.si_code == ENTRY_NOTICE) {
        framed();
    } else if (signal == SIGTRAP && info.si_code == TRAP_TRACE && !leaping) {
        stepped();
    } else {
        signalled(signal);
    }
}

static void begin(char **argv) {
    pid = fork();
    if (pid == 0)
        become_program(argv);
    signal(SIGALRM, late);
    alarm(PATIENCE);
    if (!WIFSTOPPED(wait_for_stop()))
        exit(5);
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT;
    ask(PTRACE_SETOPTIONS, 0, (void *)options);
    take();
    if (flags & STACK) {
        uint64_t lowest = (state.rsp & -(uint64_t)PAGE) - STACK_SIZE;
        watch(lowest, state.rsp - lowest);
        take();
    }
}

int main(int argc, char **argv) {
    if (argc != 6)
        return 64;
    flags = atoi(argv[5]);
    watch(strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
    out = fopen(argv[2], "we");
    if (!out)
        fail(argv[2]);
    begin(argv);
    int status;
    for (;;) {
        resume();
        status = wait_for_stop();
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
            status = finish();
        if (WIFEXITED(status) || WIFSIGNALED(status))
            break;
        classify(WSTOPSIG(status));
    }
    struct record last = {ENDED, status, 0, pid};
    fwrite(&last, sizeof last, 1, out);
    fwrite(&state, sizeof state, 1, out);
    fclose(out);
    return 0;
}
