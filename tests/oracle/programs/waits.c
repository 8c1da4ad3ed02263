/* Waits for children in every way, in an order that no scheduler can change: for the lines of a trace. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int gate[2];

static pid_t child(int signal, int code) {
    pid_t pid = fork();
    if (!pid) {
        char byte;
        if (signal) raise(signal);
        if (signal == SIGSTOP) read(gate[0], &byte, 1);
        _exit(code);
    }
    return pid;
}

int main(void) {
    int status;
    siginfo_t info;
    memset(&info, 0, sizeof info);
    pipe(gate);
    pid_t pid = child(0, 7);
    waitpid(pid, &status, 0);
    waitpid(-1, &status, WNOHANG | __WALL);
    pid = child(SIGKILL, 0);
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
    waitpid(-1, &status, 0);
    pid = child(SIGSTOP, 3);
    waitpid(pid, &status, WUNTRACED);
    waitpid(pid, &status, WUNTRACED | WNOHANG);
    waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG);
    kill(pid, SIGCONT);
    waitid(P_PGID, 0, &info, WCONTINUED | WNOWAIT);
    waitpid(pid, &status, WCONTINUED);
    write(gate[1], "", 1);
    waitid(P_ALL, 0, &info, WEXITED);
    waitpid(0, 0, 0x55);
    waitid(9, 0, &info, WEXITED);
    waitid(P_ALL, 0, 0, 0x4000);
    getpgid(99999);
    getsid(99999);
    setpgid(0, -1);
    return 0;
}
