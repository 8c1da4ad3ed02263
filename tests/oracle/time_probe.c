/* Makes system calls as told, for test_linux_time.py. Standard input: a count, then for each call eight words
   (number, six arguments, 0); then the image of a page, which lies at PAGE. Standard output: results, then the page.

   With an argument: each call is made alone by a traced child, and a signal interrupts it: SIGCHLD, which no handler
   takes ("none"), or SIGUSR1 with a handler ("plain", or "restart": SA_RESTART). Five words for each call: its number
   and what it answers the tracer; then, without a handler, the number of the next call and how far its RIP is from
   the first one's; with a handler, RAX and RIP of the frame. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE ((char *)0x2a2000000000)
typedef long call_t[8];
static call_t calls[512];

static long make(const long *c)
{
    register long r10 __asm__("r10") = c[4], r8 __asm__("r8") = c[5], r9 __asm__("r9") = c[6];
    long result;
    __asm__ volatile("syscall" : "=a"(result)
                     : "a"(c[0]), "D"(c[1]), "S"(c[2]), "d"(c[3]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static void handler(int signal) { (void)signal; }

static void child(const long *c, const char *how)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = *how == 'r' ? SA_RESTART : 0};
    sigaction(SIGUSR1, &action, 0);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGTRAP);
    make(c);
    _exit(0);
}

static int next_stop(pid_t pid, int request, int signal)
{
    int status;
    ptrace(request, pid, 0, signal);
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        exit(3);
    return WSTOPSIG(status);
}

static void interrupt(const long *c, const char *how)
{
    struct user_regs_struct first, cut, then;
    int handled = *how != 'n', status, calling = SIGTRAP | 0x80;
    long out[5] = {c[0]};
    pid_t pid = fork();
    if (!pid)
        child(c, how);
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    do {
        if (next_stop(pid, PTRACE_SYSCALL, 0) != calling)
            exit(4);
        ptrace(PTRACE_GETREGS, pid, 0, &first);
    } while ((long)first.orig_rax != c[0] || (long)first.rdi != c[1]);
    ptrace(PTRACE_SYSCALL, pid, 0, 0);
    usleep(5000);
    kill(pid, handled ? SIGUSR1 : SIGCHLD);
    if (waitpid(pid, &status, 0) != pid || WSTOPSIG(status) != calling)
        exit(5);
    ptrace(PTRACE_GETREGS, pid, 0, &cut);
    out[1] = cut.rax;
    int signal = next_stop(pid, PTRACE_SYSCALL, 0);
    if (signal == calling)
        exit(6);
    next_stop(pid, handled ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, handled ? signal : 0);
    ptrace(PTRACE_GETREGS, pid, 0, &then);
    if (handled) { /* at the handler's first instruction: struct sigcontext is 48 bytes above RSP */
        out[2] = ptrace(PTRACE_PEEKDATA, pid, then.rsp + 48 + 13 * 8, 0);
        out[3] = ptrace(PTRACE_PEEKDATA, pid, then.rsp + 48 + 16 * 8, 0) - first.rip;
    } else {
        out[2] = then.orig_rax;
        out[3] = then.rip - first.rip;
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    if (write(1, out, sizeof out) != sizeof out)
        exit(7);
}

static void take(void *to, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = read(0, (char *)to + done, size - done);
        if (got <= 0)
            exit(2);
        done += got;
    }
}

int main(int count, char **arguments)
{
    long number, results[512];
    sigset_t alarms;
    int ends[2];
    mmap(PAGE, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    take(&number, sizeof number);
    take(calls, number * sizeof(call_t));
    take(PAGE, 4096);
    mprotect(PAGE + 4096, 4096, PROT_READ);
    if (count > 1) {
        if (pipe(ends) || dup2(ends[0], 0))
            return 1;
        for (long i = 0; i < number; i++)
            interrupt(calls[i], arguments[1]);
        return 0;
    }
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigaddset(&alarms, SIGVTALRM);
    sigaddset(&alarms, SIGPROF);
    sigprocmask(SIG_BLOCK, &alarms, 0);
    for (long i = 0; i < number; i++)
        results[i] = make(calls[i]);
    return write(1, results, number * 8) != number * 8 || write(1, PAGE, 4096) != 4096;
}
