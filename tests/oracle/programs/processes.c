/* Several processes: each case prints what it sees, in an order that no scheduler can change, and no id. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *format, ...) {
    char text[400];
    va_list list;
    va_start(list, format);
    int size = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    write(1, text, size);
}

#define SAY(call) do { errno = 0; long r_ = (call); say("%s: %ld %s\n", #call, r_, r_ < 0 ? strerror(errno) : ""); } while (0)

static pid_t child(void (*body)(void)) {
    pid_t pid = fork();
    if (!pid) {
        body();
        _exit(0);
    }
    return pid;
}

static void tell(int status) {
    if (WIFEXITED(status)) say("exited %d\n", WEXITSTATUS(status));
    if (WIFSIGNALED(status)) say("killed %s\n", strsignal(WTERMSIG(status)));
    if (WIFSTOPPED(status)) say("stopped %s\n", strsignal(WSTOPSIG(status)));
    if (WIFCONTINUED(status)) say("continued\n");
}

static void reap(pid_t pid) {
    int status = 0;
    pid_t got = waitpid(pid, &status, 0);
    say("%s ", got == pid ? "the child" : strerror(errno));
    tell(status);
}

static void rest(int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, 0);
}

static volatile sig_atomic_t seen;
static siginfo_t last;
static void note(int signal, siginfo_t *info, void *context) { seen++; last = *info; }
static void catch(int signal, int flags) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = flags | SA_SIGINFO};
    sigaction(signal, &action, 0);
}
static void ignore(int signal, int flags) {
    struct sigaction action = {.sa_handler = SIG_IGN, .sa_flags = flags};
    sigaction(signal, &action, 0);
}
static void show_last(pid_t pid) {
    int code = last.si_code == CLD_DUMPED ? CLD_KILLED : last.si_code;
    say("SIGCHLD code %d from the child %d uid %d status %d\n", code, last.si_pid == pid, last.si_uid == getuid(), last.si_status);
}

/* ---- */

static pid_t parent;
static int global = 1;
static void look(void) { say("child: parent %d, own id %d, global %d\n", getppid() == parent, getpid() != parent, global); global = 2; _exit(7); }
static void basics(void) {
    parent = getpid();
    reap(child(look));
    say("parent: global %d\n", global);
    SAY(waitpid(-1, 0, 0));
}

static char pages[64 * 4096];
static void scribble(void) { for (int i = 0; i < 64; i += 2) pages[i * 4096 + i] = 'c'; say("child: %d %d\n", pages[4096 + 1], pages[2 * 4096 + 2]); }
static void copies(void) {
    char *heap = malloc(1 << 20), on_stack = 's';
    memset(heap, 'p', 1 << 20);
    memset(pages, 'p', sizeof pages);
    pid_t pid = fork();
    if (!pid) {
        scribble();
        heap[5000] = on_stack = 'c';
        say("child: %c %c %c\n", heap[5000], heap[9000], on_stack);
        _exit(0);
    }
    pages[3 * 4096] = 'q';
    heap[9000] = 'q';
    reap(pid);
    int changed = 0;
    for (int i = 0; i < sizeof pages; i++) changed += pages[i] != 'p';
    say("parent: %d changed, %c %c %c\n", changed, heap[5000], heap[9000], on_stack);
}

static void nested(void) {
    global = 0;
    for (int depth = 0; depth < 6; depth++) {
        pid_t pid = fork();
        if (pid) {
            int status;
            waitpid(pid, &status, 0);
            say("depth %d: global %d, status %d\n", depth, global, WEXITSTATUS(status));
            _exit(WEXITSTATUS(status) + depth);
        }
        global++;
    }
    _exit(1);
}

static int code;
static void leave(void) { _exit(code); }
static void statuses(void) {
    int codes[] = {0, 1, 127, 255, 256, 259, -1};
    for (int i = 0; i < 7; i++) { code = codes[i]; reap(child(leave)); }
    int signals[] = {SIGHUP, SIGKILL, SIGTERM, SIGUSR1, SIGALRM, SIGPIPE, SIGRTMIN, SIGRTMAX};
    for (int i = 0; i < 8; i++) {
        pid_t pid = fork();
        if (!pid) { raise(signals[i]); _exit(99); }
        reap(pid);
    }
}

static void crash(void) { *(volatile int *)16 = 1; }
static void divide(void) { volatile int zero = 0; say("%d", 1 / zero); }
static void undefined(void) { __asm__("ud2"); }
static void faults(void) { reap(child(crash)); reap(child(divide)); reap(child(undefined)); reap(child((void (*)(void))abort)); }

static void chld(void) {
    catch(SIGCHLD, SA_RESTART);
    int codes[] = {0, 9, 255};
    for (int i = 0; i < 3; i++) { code = codes[i]; pid_t pid = child(leave); reap(pid); show_last(pid); }
    pid_t pid = child((void (*)(void))pause);
    kill(pid, SIGTERM); reap(pid); show_last(pid);
    pid = child(crash); reap(pid); show_last(pid);
    say("seen %d\n", seen);
}

/* A child that went on is to go no further before its parent has heard of it. */
static int gate[2];
static void stop_at(int signal) { char byte; raise(signal); read(gate[0], &byte, 1); }
static void stop_thrice(void) { stop_at(SIGSTOP); stop_at(SIGTSTP); stop_at(SIGTTIN); _exit(5); }
static void stops(void) {
    catch(SIGCHLD, SA_RESTART);
    pipe(gate);
    setpgid(0, 0); /* with a parent in another group of the session: not orphaned */
    pid_t pid = child(stop_thrice);
    int status;
    for (int i = 0; i < 3; i++) {
        SAY(waitpid(pid, &status, WUNTRACED) == pid); tell(status); show_last(pid);
        SAY(waitpid(pid, &status, WUNTRACED | WNOHANG));
        kill(pid, SIGCONT);
        SAY(waitpid(pid, &status, WCONTINUED) == pid); tell(status);
        while (last.si_code != CLD_CONTINUED) usleep(1000); /* else the next stop's SIGCHLD may merge with this one */
        write(gate[1], "", 1);
    }
    SAY(waitpid(pid, &status, 0) == pid); tell(status); show_last(pid);
}

static void stop_once(void) { if (gate[0]) stop_at(SIGSTOP); else raise(SIGSTOP); _exit(3); }
static void no_stop_told(void) {
    catch(SIGCHLD, SA_NOCLDSTOP | SA_RESTART);
    pipe(gate);
    pid_t pid = child(stop_once);
    int status;
    waitpid(pid, &status, WUNTRACED); tell(status);
    say("seen %d\n", seen);
    kill(pid, SIGCONT); waitpid(pid, &status, WCONTINUED); tell(status);
    write(gate[1], "", 1);
    waitpid(pid, &status, 0); tell(status);
    say("seen %d\n", seen);
}
static void killed_while_stopped(void) {
    pid_t pid = child(stop_once);
    int status;
    waitpid(pid, &status, WUNTRACED); tell(status);
    kill(pid, SIGTERM);
    SAY(waitpid(pid, &status, WNOHANG));
    kill(pid, SIGCONT); waitpid(pid, &status, 0); tell(status);
    pid = child(stop_once);
    waitpid(pid, &status, WUNTRACED); kill(pid, SIGKILL); waitpid(pid, &status, 0); tell(status);
    pid = child(stop_once); /* a stop and a continuation that nobody waited for in between */
    siginfo_t info;
    waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT);
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0); tell(status);
}

static void ignored(void) {
    ignore(SIGCHLD, 0);
    code = 4;
    pid_t pid = child(leave);
    SAY(waitpid(pid, 0, 0));
    SAY(kill(pid, 0));
}
static void no_wait(void) {
    catch(SIGCHLD, SA_NOCLDWAIT | SA_RESTART);
    pid_t pid = child(leave);
    SAY(waitpid(-1, 0, 0));
    say("seen %d\n", seen);
    show_last(pid);
    SAY(kill(pid, 0));
}
static void zombies(void) {
    int ends[2];
    pipe(ends);
    pid_t pid = fork();
    if (!pid) _exit(6);
    close(ends[1]);
    char byte;
    SAY(read(ends[0], &byte, 1)); /* its copy of the writing end is gone with it */
    siginfo_t info;
    SAY(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    SAY(kill(pid, 0)); SAY(kill(pid, SIGKILL));
    SAY(getpgid(pid) == getpgrp());
    reap(pid);
    SAY(kill(pid, 0)); SAY(getpgid(pid));
}
static void orphans(void) {
    int ends[2];
    pipe(ends);
    pid_t pid = fork();
    if (!pid) {
        pid_t middle = getpid();
        if (fork()) _exit(0);
        while (getppid() == middle) rest(1);
        write(ends[1], "orphan\n", 7);
        _exit(0);
    }
    close(ends[1]);
    reap(pid);
    char text[20] = {0};
    SAY(read(ends[0], text, 20)); say("%s", text);
    SAY(read(ends[0], text, 20));
    SAY(waitpid(-1, 0, 0));
}

static void pipes(void) {
    int there[2], back[2];
    pipe(there); pipe(back);
    pid_t pid = fork();
    if (!pid) {
        close(there[1]); close(back[0]);
        char text[10]; long got, sum = 0;
        while ((got = read(there[0], text, 10)) > 0)
            for (int i = 0; i < got; i++) { sum += text[i]; text[i] ^= 32; if (i == got - 1) write(back[1], text, got); }
        _exit(sum & 0x7f);
    }
    close(there[0]); close(back[1]);
    const char *words[] = {"hello", "WORLD", "pipes"};
    for (int i = 0; i < 3; i++) { char text[10] = {0}; write(there[1], words[i], 5); SAY(read(back[0], text, 10)); say("%s\n", text); }
    close(there[1]);
    reap(pid);
    char byte;
    SAY(read(back[0], &byte, 1));
}
static void long_pipe(void) { /* more than fits, both ways of blocking */
    int ends[2];
    pipe(ends);
    pid_t pid = fork();
    if (!pid) {
        close(ends[0]);
        static char block[300000];
        for (int i = 0; i < sizeof block; i++) block[i] = i * 7;
        _exit(write(ends[1], block, sizeof block) == sizeof block ? 0 : 1);
    }
    close(ends[1]);
    long total = 0, got; unsigned sum = 0; unsigned char part[5000];
    while ((got = read(ends[0], part, sizeof part)) > 0) { total += got; for (long i = 0; i < got; i++) sum = sum * 31 + part[i]; }
    say("%ld bytes, %u\n", total, sum);
    reap(pid);
}
static void broken_pipe(void) {
    int ends[2];
    pipe(ends);
    pid_t pid = fork();
    if (!pid) { close(ends[0]); _exit(0); }
    close(ends[0]);
    reap(pid);
    catch(SIGPIPE, 0);
    SAY(write(ends[1], "x", 1));
    say("seen %d\n", seen);
}

static void no_hang(void) {
    int ends[2];
    pipe(ends);
    pid_t pid = fork();
    if (!pid) { close(ends[1]); char byte; read(ends[0], &byte, 1); _exit(2); }
    int status = 77;
    SAY(waitpid(pid, &status, WNOHANG)); say("status %d\n", status);
    siginfo_t info; memset(&info, 0x55, sizeof info);
    SAY(waitid(P_ALL, 0, &info, WEXITED | WNOHANG)); say("%d %d %d\n", info.si_signo, info.si_pid, info.si_code);
    close(ends[0]); close(ends[1]);
    reap(pid);
    SAY(waitpid(pid, &status, WNOHANG));
}

static void groups(void) {
    setpgid(0, 0);
    pid_t own = getpgrp(), one = child((void (*)(void))pause), two = child((void (*)(void))pause), three = child((void (*)(void))pause);
    SAY(setpgid(one, one)); SAY(setpgid(two, one)); SAY(getpgid(two) == one); SAY(getpgid(three) == own);
    SAY(setpgid(three, 1)); SAY(setpgid(1, 0)); SAY(setpgid(three, -1)); SAY(setpgid(0, 999999));
    SAY(kill(-one, 0)); SAY(kill(-999999, 0));
    SAY(waitpid(0, 0, WNOHANG)); SAY(waitpid(-one, 0, WNOHANG)); SAY(waitpid(-999999, 0, WNOHANG));
    SAY(kill(-one, SIGTERM));
    int status, count = 0;
    while (waitpid(-one, &status, 0) > 0) { count++; tell(status); }
    say("%d of the group\n", count);
    SAY(waitpid(-1, 0, WNOHANG));
    kill(three, SIGUSR1); reap(three);
    pid_t pid = fork();
    if (!pid) { SAY(getpgrp() == own); signal(SIGTERM, SIG_IGN); kill(0, SIGTERM); _exit(1); }
    signal(SIGTERM, SIG_IGN);
    reap(pid);
}
static void sessions(void) {
    setpgid(0, 0);
    SAY(setsid());
    pid_t pid = fork();
    if (!pid) {
        SAY(getsid(0) == getsid(getppid()));
        SAY(setsid() == getpid()); SAY(getsid(0) == getpid()); SAY(getpgrp() == getpid()); SAY(getpgid(0) == getpid());
        SAY(setpgid(0, 0)); SAY(setpgid(getppid(), 0)); SAY(setsid());
        _exit(0);
    }
    reap(pid);
    SAY(getsid(999999)); SAY(getpgid(999999)); SAY(getpgid(-1));
    pid = child((void (*)(void))pause);
    SAY(setpgid(pid, pid)); SAY(setpgid(0, pid)); SAY(getpgrp() == pid); SAY(setpgid(0, 0)); SAY(getpgrp() == getpid());
    kill(pid, SIGKILL); reap(pid);
}

static void borrowed(void) {
    volatile int shared = 1;
    pid_t pid = vfork();
    if (!pid) { shared = 2; say("child first\n"); _exit(9); }
    say("parent: shared %d\n", shared);
    reap(pid);
}

static void mappings(void) {
    int *common = mmap(0, 3 * 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int *own = mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    common[0] = own[0] = 1;
    pid_t pid = fork();
    if (!pid) {
        common[0]++; own[0]++; common[1024] = 5; common[2048] += 7; /* the last two pages for the first time */
        munmap(common, 4096);
        _exit(0);
    }
    reap(pid);
    say("shared %d %d %d, own %d\n", common[0], common[1024], common[2048], own[0]);
    mprotect(common, 4096, PROT_READ);
    pid = fork();
    if (!pid) { mprotect(common, 4096, 3); common[0] = 9; _exit(0); }
    reap(pid);
    say("shared %d\n", common[0]);
    mprotect(own, 4096, PROT_READ);
    pid = fork();
    if (!pid) { mprotect(own, 4096, 3); own[0] = 9; _exit(own[0]); }
    reap(pid);
    say("own %d\n", own[0]);
    pid = fork();
    if (!pid) { own[0] = 9; _exit(1); } /* still read-only */
    reap(pid);
}
static void semaphores(void) {
    struct { sem_t ping, pong; int turn; } *common = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&common->ping, 1, 0); sem_init(&common->pong, 1, 0);
    pid_t pid = fork();
    if (!pid) { for (int i = 0; i < 5; i++) { sem_wait(&common->ping); say("pong %d\n", common->turn++); sem_post(&common->pong); } _exit(0); }
    for (int i = 0; i < 5; i++) { say("ping %d\n", common->turn++); sem_post(&common->ping); sem_wait(&common->pong); }
    reap(pid);
    pthread_mutexattr_t kind; pthread_mutex_t *lock = (void *)((char *)common + 1024);
    int *count = (int *)((char *)common + 2048);
    pthread_mutexattr_init(&kind); pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock, &kind);
    for (int i = 0; i < 4; i++) if (!fork()) { for (int j = 0; j < 3000; j++) { pthread_mutex_lock(lock); ++*count; pthread_mutex_unlock(lock); } _exit(0); }
    for (int i = 0; i < 4; i++) wait(0);
    say("count %d\n", *count);
}

static void by_waitid(void) {
    siginfo_t info;
    pipe(gate);
    code = 33;
    pid_t pid = child(leave);
    SAY(waitid(P_PID, pid, &info, WEXITED | WNOWAIT)); last = info; show_last(pid); say("signal %d errno %d\n", info.si_signo, info.si_errno);
    SAY(waitid(P_PID, pid, &info, WEXITED)); last = info; show_last(pid);
    SAY(waitid(P_PID, pid, &info, WEXITED));
    pid = child(stop_once);
    SAY(waitid(P_PGID, getpgrp(), &info, WSTOPPED | WNOWAIT)); last = info; show_last(pid);
    SAY(waitid(P_PGID, 0, &info, WSTOPPED)); last = info; show_last(pid);
    SAY(waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG));
    kill(pid, SIGCONT);
    SAY(waitid(P_ALL, 0, &info, WCONTINUED)); last = info; show_last(pid);
    write(gate[1], "", 1);
    SAY(waitid(P_ALL, 0, &info, WEXITED)); last = info; show_last(pid);
    SAY(waitid(P_ALL, 0, &info, 0)); SAY(waitid(P_ALL, 0, &info, 0x4000 | WEXITED)); SAY(waitid(9, 0, &info, WEXITED));
    SAY(waitid(P_PID, 0, &info, WEXITED)); SAY(waitid(P_PID, -5, &info, WEXITED)); SAY(waitid(P_PGID, -5, &info, WEXITED));
    SAY(syscall(SYS_wait4, -1, 0, 0x40, 0)); SAY(syscall(SYS_wait4, -1, 0, WEXITED, 0)); SAY(syscall(SYS_wait4, 0x80000000, 0, 0, 0));
    pid = child(leave);
    SAY(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    SAY(syscall(SYS_wait4, pid, 8, 0, 0)); /* a bad address: it has been waited for all the same */
    SAY(waitpid(pid, 0, 0));
    pid = child(leave);
    struct rusage usage;
    SAY(wait4(pid, 0, 0, &usage) == pid); say("%ld %ld\n", (long)usage.ru_utime.tv_sec, usage.ru_nsignals);
}

static void interrupted(void) {
    pid_t pid = child((void (*)(void))pause);
    struct itimerval soon = {{0, 0}, {0, 20000}};
    catch(SIGALRM, 0);
    setitimer(ITIMER_REAL, &soon, 0);
    SAY(waitpid(pid, 0, 0));
    catch(SIGALRM, SA_RESTART);
    pid_t late = fork();
    if (!late) { rest(60); kill(pid, SIGTERM); _exit(0); }
    setitimer(ITIMER_REAL, &soon, 0);
    reap(pid);
    say("seen %d\n", seen);
    reap(late);
}

static void inherited(void) {
    static char stack[16384];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack}, now;
    sigaltstack(&alternate, 0);
    catch(SIGUSR1, SA_ONSTACK);
    sigset_t set, pending;
    sigemptyset(&set); sigaddset(&set, SIGUSR2); sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, 0);
    kill(getpid(), SIGUSR2);
    alarm(100);
    pid_t pid = fork();
    if (!pid) {
        sigprocmask(SIG_BLOCK, 0, &set); sigpending(&pending);
        say("mask %d %d, pending %d\n", sigismember(&set, SIGUSR2), sigismember(&set, SIGINT), sigismember(&pending, SIGUSR2));
        say("alarm %u\n", alarm(0));
        sigaltstack(0, &now); say("alternate stack %d %d\n", now.ss_sp == stack, now.ss_flags);
        raise(SIGUSR1); say("seen %d\n", seen);
        struct sigaction action; sigaction(SIGUSR1, 0, &action); say("handler %d\n", action.sa_sigaction == note);
        _exit(0);
    }
    reap(pid);
    sigpending(&pending);
    say("pending %d, alarm %u, seen %d\n", sigismember(&pending, SIGUSR2), alarm(0), seen);
}

static char other_stack[65536] __attribute__((aligned(16)));
static int in_clone(void *argument) { global = 55; close(*(int *)argument); _exit(12); return 0; }
static void clones(void) {
    int ends[2], status, tid = 0;
    pipe(ends);
    catch(SIGUSR1, SA_RESTART);
    pid_t pid = clone(in_clone, other_stack + 65536, CLONE_VM | CLONE_FILES | SIGUSR1, &ends[0]);
    SAY(waitpid(pid, &status, 0)); SAY(waitpid(pid, &status, __WCLONE) == pid); tell(status);
    say("global %d, seen %d, code %d\n", global, seen, last.si_code);
    SAY(close(ends[0]));
    pid = clone(in_clone, other_stack + 65536, CLONE_VFORK | CLONE_VM | CLONE_PARENT_SETTID | SIGCHLD, &ends[1], &tid);
    say("global %d, id %d\n", global, tid == pid);
    SAY(close(ends[1]));
    reap(pid);
    pid = syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (!pid) syscall(SYS_exit_group, 8);
    SAY(waitpid(-1, 0, 0)); SAY(waitpid(-1, &status, __WALL) == pid); tell(status);
    SAY(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0)); SAY(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
}
static void many(void) {
    pid_t pids[30];
    for (int i = 0; i < 30; i++) { code = i; pids[i] = child(leave); }
    for (int i = 29; i >= 0; i -= 2) reap(pids[i]);
    int count = 0;
    while (wait(0) > 0) count++;
    say("%d more\n", count);
}
static void queued(void) {
    sigset_t set;
    sigemptyset(&set); sigaddset(&set, SIGRTMIN + 3); sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, 0);
    pid_t pid = fork();
    siginfo_t info;
    if (!pid) {
        for (int i = 0; i < 3; i++) { sigdelset(&set, SIGCHLD); sigwaitinfo(&set, &info); say("value %d from the parent %d\n", info.si_value.sival_int, info.si_pid == getppid()); }
        _exit(4);
    }
    for (int i = 0; i < 3; i++) { union sigval value = {10 + i}; sigqueue(pid, SIGRTMIN + 3, value); }
    sigdelset(&set, SIGRTMIN + 3);
    SAY(sigwaitinfo(&set, &info)); last = info; show_last(pid);
    reap(pid);
}
static void *nothing(void *argument) { for (;;) pause(); }
static void threads(void) {
    pthread_t thread;
    pthread_create(&thread, 0, nothing, 0);
    pid_t pid = fork();
    if (!pid) { say("alone: %d\n", syscall(SYS_gettid) == getpid()); exit(3); }
    reap(pid);
}
static void handler_forks(int signal) { if (!fork()) { say("born in a handler\n"); _exit(1); } }
static void in_handler(void) {
    signal(SIGUSR1, handler_forks);
    raise(SIGUSR1);
    int status; wait(&status); tell(status);
    pid_t pid = fork();
    if (!pid) { raise(SIGUSR1); wait(&status); tell(status); _exit(2); }
    reap(pid);
}
static void orphaned_group(void) { /* SIGTSTP does nothing by default there; stopped members are hung up on */
    int ends[2];
    pipe(ends);
    pid_t pid = fork();
    if (!pid) {
        setsid();
        pid_t leader = getpid(), job = fork();
        if (!job) {
            setpgid(0, 0);
            catch(SIGHUP, 0); catch(SIGCONT, 0);
            raise(SIGSTOP);
            while (seen < 2) rest(1);
            raise(SIGTSTP);
            write(ends[1], "hung up on\n", 11);
            _exit(0);
        }
        waitpid(job, 0, WUNTRACED);
        _exit(0);
    }
    close(ends[1]);
    reap(pid);
    char text[30] = {0};
    SAY(read(ends[0], text, 30)); say("%s", text);
}
static void processor_time(void) {
    for (volatile int i = 0; i < 8000000; i++);
    pid_t pid = fork();
    if (!pid) { struct timespec time; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time); say("little: %d\n", time.tv_sec == 0 && time.tv_nsec < 2000000); _exit(0); }
    reap(pid);
    struct timespec time; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time); say("more: %d\n", time.tv_sec > 0 || time.tv_nsec > 2000000);
}
static void timers(void) { /* each process has its own */
    catch(SIGALRM, 0);
    struct itimerval soon = {{0, 0}, {0, 30000}};
    pid_t pid = fork();
    setitimer(ITIMER_REAL, &soon, 0);
    pause();
    if (!pid) { say("child: %d\n", seen); _exit(0); }
    reap(pid);
    say("parent: %d\n", seen);
}
static void survivor(void) { /* the run is over when the first process is */
    say("first\n");
    if (!fork()) { close(1); close(2); for (;;) rest(1000); }
    _exit(21);
}

struct { const char *name; void (*body)(void); } cases[] = {
#define CASE(name) {#name, name}
    CASE(basics), CASE(copies), CASE(nested), CASE(statuses), CASE(faults), CASE(chld), CASE(stops), CASE(no_stop_told),
    CASE(killed_while_stopped), CASE(ignored), CASE(no_wait), CASE(zombies), CASE(orphans), CASE(pipes), CASE(long_pipe),
    CASE(broken_pipe), CASE(no_hang), CASE(groups), CASE(sessions), CASE(borrowed), CASE(mappings), CASE(semaphores),
    CASE(by_waitid), CASE(interrupted), CASE(inherited), CASE(clones), CASE(many), CASE(queued), CASE(threads),
    CASE(in_handler), CASE(orphaned_group), CASE(processor_time), CASE(timers), CASE(survivor),
};

int main(int count, char **arguments) {
    for (int i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!strcmp(cases[i].name, arguments[1])) { cases[i].body(); return 0; }
    return 99;
}
