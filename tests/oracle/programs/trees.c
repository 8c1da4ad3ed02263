/* Random trees of processes: what they do follows from a number alone, and no scheduler can change what they print. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long state;
static int depth;

static unsigned pick(unsigned count) {
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (state >> 33) % count;
}

static void say(const char *format, ...) {
    char text[300];
    va_list list;
    va_start(list, format);
    int size = snprintf(text, sizeof text, "%*s", 2 * depth, "");
    size += vsnprintf(text + size, sizeof text - size, format, list);
    va_end(list);
    text[size++] = '\n';
    write(1, text, size);
}

static void result(const char *what, long value) { say("%s: %ld %d", what, value, value < 0 ? errno : 0); }

static void told(const char *what, pid_t got, pid_t child, const int *status) {
    if (got < 0) say("%s: errno %d", what, errno);
    else say("%s: %s, status %x", what, got == child ? "the child" : got ? "somebody" : "nobody", got ? *status & ~0x80 : 0);
}

static volatile int seen[70], order[70], count;
static void note(int signal, siginfo_t *info, void *context) {
    seen[signal]++;
    if (count < 70) order[count++] = signal;
}
static void act(int signal, int how, int flags) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = flags | SA_SIGINFO};
    if (how < 2) action.sa_flags &= ~SA_SIGINFO, action.sa_handler = how ? SIG_IGN : SIG_DFL;
    sigfillset(&action.sa_mask);
    sigaction(signal, &action, 0);
}

static const int FATAL[] = {SIGTERM, SIGKILL, SIGUSR1, SIGHUP, SIGINT, SIGALRM, SIGSEGV, SIGQUIT};
static const int MILD[] = {SIGUSR1, SIGUSR2, SIGHUP, SIGTERM, SIGCHLD, SIGWINCH, SIGURG, 40, 41};
#define ANY(list) list[pick(sizeof list / sizeof *list)]

static void branch(void);

/* A child with a random number of its own; it ends with what `body` answers. */
static pid_t born(int (*body)(int), int argument) {
    unsigned long own = state ^ 0x9e3779b97f4a7c15UL;
    pick(2);
    pid_t pid = fork();
    if (!pid) {
        sigset_t none;
        sigemptyset(&none);
        act(SIGCHLD, 0, 0), act(SIGPIPE, 0, 0);
        sigprocmask(SIG_SETMASK, &none, 0);
        state = own;
        depth++;
        _exit(body(argument));
    }
    return pid;
}

static int grow(int code) { branch(); return code; }
static int hold(int fd) { char byte; act(SIGPIPE, 0, 0); return read(fd, &byte, 1) == 1 ? byte : 99; }
static int halt(int fd) { raise(SIGSTOP); return hold(fd); }
static int mute(int unused) { for (;;) pause(); }
static int pour(int both) {
    int fd = both >> 8;
    close(both & 255);
    static char data[4096];
    long left = 1 + pick(200000), sum = 0;
    while (left > 0) {
        long size = 1 + pick(sizeof data), done = write(fd, data, size < left ? size : left);
        if (done < 0) return 98;
        left -= done, sum++;
    }
    return sum % 50;
}

static void subtree(void) {
    int status = 0;
    pid_t child = born(grow, pick(256));
    pid_t got = waitpid(pick(2) ? child : -1, &status, 0);
    told("subtree", got, child, &status);
}

static void killed(void) {
    int fds[2], status = 0, signal = ANY(FATAL);
    pipe(fds);
    pid_t child = born(hold, fds[0]);
    told("early", waitpid(child, &status, WNOHANG), child, &status);
    result("nothing", kill(child, 0));
    if (pick(3)) kill(child, signal);
    else write(fds[1], "\7", 1);
    close(fds[0]);
    siginfo_t info = {0};
    if (pick(2)) {
        result("waitid", waitid(P_PID, child, &info, WEXITED | WNOWAIT));
        say("code %d status %d mine %d", info.si_code == CLD_DUMPED ? CLD_KILLED : info.si_code, info.si_status, info.si_pid == child);
    }
    told("wait", waitpid(child, &status, 0), child, &status);
    told("again", waitpid(child, &status, 0), child, &status);
    result("gone", kill(child, 0));
    close(fds[1]);
}

static void stopped(void) {
    int fds[2], status = 0;
    pipe(fds);
    pid_t child = born(halt, fds[0]);
    told("stop", waitpid(child, &status, WUNTRACED), child, &status);
    told("once", waitpid(child, &status, WUNTRACED | WNOHANG), child, &status);
    kill(child, SIGCONT);
    told("go on", waitpid(child, &status, WCONTINUED), child, &status);
    if (pick(2)) {
        kill(child, SIGSTOP);
        told("stop", waitpid(child, &status, WUNTRACED), child, &status);
        kill(child, pick(2) ? SIGKILL : SIGCONT);
    }
    write(fds[1], "\5", 1);
    told("end", waitpid(child, &status, 0), child, &status);
    close(fds[0]), close(fds[1]);
}

static void flows(void) {
    int fds[2], status = 0;
    static char data[5000];
    long sum = 0, got, size = 1 + pick(sizeof data);
    pipe(fds);
    pid_t child = born(pour, fds[0] | fds[1] << 8);
    close(fds[1]);
    long most = pick(4) ? 1 << 30 : pick(70000);
    while (sum < most && (got = read(fds[0], data, size)) > 0) sum += got;
    if (most == 1 << 30) result("flowed", sum);
    struct pollfd entry = {fds[0], POLLIN};
    if (most == 1 << 30) result("poll", poll(&entry, 1, 0) * 100 + entry.revents);
    close(fds[0]);
    pid_t reaped = waitpid(child, &status, 0);
    if (most == 1 << 30) told("poured", reaped, child, &status);
}

static void broken(void) {
    int fds[2];
    pipe(fds);
    close(fds[0]);
    act(SIGPIPE, 1 + pick(2), 0);
    result("broken", write(fds[1], "x", 1));
    say("seen %d", seen[SIGPIPE]);
    close(fds[1]);
}

static void queue(void) {
    sigset_t all, before, pending;
    sigfillset(&all);
    int signals[6], flags = pick(2) ? SA_RESTART : SA_NODEFER;
    sigprocmask(SIG_SETMASK, &all, &before);
    memset((void *)seen, 0, sizeof seen), count = 0;
    for (int i = 0; i < 6; i++) {
        signals[i] = ANY(MILD);
        act(signals[i], pick(4) ? 2 : 1, flags);
        union sigval value = {i};
        result("send", pick(2) ? kill(getpid(), signals[i]) : sigqueue(getpid(), signals[i], value));
    }
    sigpending(&pending);
    for (int i = 0; i < 6; i++) say("%d pending %d", signals[i], sigismember(&pending, signals[i]));
    if (pick(2)) {
        struct timespec now = {0};
        sigemptyset(&all);
        for (int i = 0; i < 6; i++) sigaddset(&all, signals[i]);
        result("sigtimedwait", sigtimedwait(&all, 0, &now));
    }
    sigprocmask(SIG_SETMASK, &before, 0);
    for (int i = 0; i < count; i++) say("handled %d", order[i]);
    for (int i = 0; i < 6; i++) act(signals[i], 0, 0);
}

static void groups(void) {
    int status = 0;
    pid_t one = born(mute, 0);
    result("setpgid", setpgid(one, 0));
    pid_t two = born(mute, 0);
    result("setpgid", setpgid(two, one));
    result("group", getpgid(two) == one);
    told("nobody", waitpid(-one, &status, WNOHANG), one, &status);
    result("kill", kill(-one, ANY(FATAL)));
    told("two", waitpid(two, &status, 0), two, &status);
    told("one", waitpid(-one, &status, 0), one, &status);
    told("none", waitpid(-one, &status, 0), one, &status);
    result("kill", kill(-one, 0));
}

static void heard(void) {
    sigset_t all, before, none;
    sigfillset(&all), sigemptyset(&none);
    int how = pick(3), flags = pick(2) ? SA_NOCLDWAIT : 0, status = 0;
    sigprocmask(SIG_SETMASK, &all, &before);
    seen[SIGCHLD] = 0;
    act(SIGCHLD, how, flags);
    pid_t child = born(grow, 3);
    if (how == 2) result("sigsuspend", sigsuspend(&none));
    told("heard", waitpid(child, &status, 0), child, &status);
    say("SIGCHLD %d", seen[SIGCHLD]);
    sigprocmask(SIG_SETMASK, &before, 0);
    act(SIGCHLD, 0, 0);
}

static void wrong(void) {
    siginfo_t info;
    result("wait4", waitpid(-1, 0, 0x4000));
    result("waitid", waitid(P_ALL, 0, &info, 0));
    result("waitid", waitid(9, 0, &info, WEXITED));
    result("wait", waitpid(1, 0, WNOHANG));
    result("wait", waitpid(-1, 0, pick(2) ? WNOHANG : 0));
    result("kill", kill(getpid(), 65 + pick(3)));
    result("setpgid", setpgid(0, -1));
}

static void branch(void) {
    static void (*const WAYS[])(void) = {subtree, killed, stopped, flows, broken, queue, groups, heard, wrong};
    for (int left = 1 + pick(3); left; left--) {
        int way = pick(depth < 4 ? 9 : 1 + pick(9));
        if (way == 0 && depth >= 4) way = 8;
        say("%d", way);
        WAYS[way]();
    }
}

int main(int count, char **arguments) {
    for (long seed = atol(arguments[1]); seed < atol(arguments[2]); seed++) {
        say("seed %ld", seed);
        state = seed * 2654435761UL + 1;
        int status;
        pid_t child = born(grow, 0);
        told("all", waitpid(child, &status, 0), child, &status);
    }
}
