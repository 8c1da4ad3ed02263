; fork and its like: two processes, and what signals tell of a child.

=== fork_twice_returned | exit 0 | fork answers the child's id in both processes; RDX tells the child (1) from its parent (0). | osfmk/i386/pcb.c:thread_set_child
main:
    mov edx, 99
    stc
    @sys fork
    jc failed
    cmp edx, 1
    je child
    @check rdx, 0
    mov ebx, eax
    @sys wait4, rbx, &word, 0, 0
    @answers rbx
    @check dword ptr [rip + word], 7 << 8
    xor eax, eax
    ret
child:
    mov ebx, eax
    @sys getpid
    cmp eax, ebx
    jne 1f
    @exit 7
1:  @exit 1

=== memory_is_copied | exit 5 | Each has its own memory from then on. | bsd/kern/kern_fork.c:forkproc
main:
    mov dword ptr [rip + count], 5
    @sys fork
    cmp edx, 1
    je child
    @sys wait4, rax, &word, 0, 0
    @check dword ptr [rip + word], 6 << 8
    mov eax, [rip + count]
    ret
child:
    inc dword ptr [rip + count]
    @exit [rip + count]

=== memory_is_lent | exit 6 | After vfork it is one memory, and the parent sleeps until the child has ended. | bsd/kern/kern_fork.c:vfork
main:
    mov dword ptr [rip + count], 5
    @sys vfork
    cmp edx, 1
    je child
    mov eax, [rip + count]
    ret
child:
    inc dword ptr [rip + count]
    @exit 0

=== parent_of_a_child | exit 0 | A child's parent is the process that made it. | bsd/kern/kern_fork.c:forkproc
main:
    @sys fork
    cmp edx, 1
    je child
    @sys wait4, -1, &word, 0, 0
    mov eax, [rip + word]
    ret
child:
    @sys getppid
    sub eax, [rip + self]
    @exit rax

=== actions_are_inherited | exit 0 | A child has its parent's actions and mask, but no pending signals. | bsd/kern/kern_fork.c:forkproc
main:
    @install SIGUSR2, count_signal, 0
    @mask SIG_SETMASK, M_SIGUSR1
    @raise SIGUSR1
    @sys fork
    cmp edx, 1
    je child
    @sys wait4, -1, &word, 0, 0
    @check dword ptr [rip + word], 1 << 8
    @sys sigpending, &word
    @check dword ptr [rip + word], M_SIGUSR1
    xor eax, eax
    ret
child:
    @sys sigpending, &word
    cmp dword ptr [rip + word], 0
    jne 1f
    @sys sigprocmask, 0, 0, &oldset
    cmp dword ptr [rip + oldset], M_SIGUSR1
    jne 1f
    @sys getpid
    @sys kill, rax, SIGUSR2, 1
    @exit [rip + count]
1:  @exit 9

=== child_flags_are_not_inherited | exit 0 | But not SA_NOCLDSTOP and SA_NOCLDWAIT, which are flags of the process. | bsd/kern/kern_fork.c:forkproc
main:
    @install SIGCHLD, count_signal, SA_NOCLDSTOP | SA_RESTART
    @sys fork
    cmp edx, 1
    je child
    @sys wait4, -1, &word, 0, 0
    @check dword ptr [rip + word], SA_RESTART << 8
    @sys sigaction, SIGCHLD, 0, &oldaction
    @check dword ptr [rip + oldaction + 12], SA_NOCLDSTOP | SA_RESTART
    xor eax, eax
    ret
child:
    @sys sigaction, SIGCHLD, 0, &oldaction
    @exit [rip + oldaction + 12]

=== sigchld_of_an_exit | exit 1 | SIGCHLD's siginfo tells the child's id, its user, CLD_EXITED and the status as wait4 has it. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGCHLD, handler, SA_SIGINFO
    @mask SIG_SETMASK, M_SIGCHLD
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    @sys sigsuspend, 0
    @fails EINTR
    mov eax, [rip + count]
    ret
child:
    @exit 3
handler:
    @check [rsi + SI_PID], ebx
    @check dword ptr [rsi + SI_UID], 501
    @check dword ptr [rsi + SI_CODE], CLD_EXITED
    @check dword ptr [rsi + SI_STATUS], 3 << 8
    jmp count_signal

=== sigchld_by_default | exit 3 | By default SIGCHLD does nothing, and the child waits to be waited for. | bsd/sys/signalvar.h:sigprop
main:
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    mov qword ptr [rip + timer], 0
    mov qword ptr [rip + timer + 8], 1000
    @sys select, 0, 0, 0, 0, &timer
    @answers 0
    @sys wait4, -1, &word, 0, 0
    @answers rbx
    mov eax, [rip + word]
    shr eax, 8
    ret
child:
    @exit 3

=== wait_for_a_killed_child | exit 0 | The status of a child that a signal ended is the signal, with 0x80 if there is a core. | bsd/kern/kern_exit.c:wait4
main:
    @sys fork
    cmp edx, 1
    je first
    @sys wait4, rax, &word, 0, 0
    @check dword ptr [rip + word], SIGTERM
    @sys fork
    cmp edx, 1
    je second
    @sys wait4, rax, &word, 0, 0
    @check dword ptr [rip + word], 0x80 | SIGILL
    xor eax, eax
    ret
first:
    @sys getpid
    @sys kill, rax, SIGTERM, 1
second:
    ud2

=== wait_for_a_stopped_child | exit 0 | With WUNTRACED a stopped child is told: the signal, and 0x7f. | bsd/kern/kern_exit.c:wait4
main:
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    @sys wait4, rbx, &word, WUNTRACED, 0
    @answers rbx
    @check dword ptr [rip + word], SIGSTOP << 8 | 0x7f
    @sys kill, rbx, SIGCONT, 1
    @sys wait4, rbx, &word, 0, 0
    @check dword ptr [rip + word], 4 << 8
    xor eax, eax
    ret
child:
    @sys getpid
    @sys kill, rax, SIGSTOP, 1
    @exit 4

=== signal_to_a_stopped_child | exit 0 | A stopped process takes nothing but SIGKILL: SIGTERM waits until it is continued. | bsd/kern/kern_sig.c:psignal_internal
main:
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    @sys wait4, rbx, &word, WUNTRACED, 0
    @sys kill, rbx, SIGTERM, 1
    @sys wait4, rbx, &word, WNOHANG, 0
    @answers 0
    @sys kill, rbx, SIGCONT, 1
    @sys wait4, rbx, &word, 0, 0
    @check dword ptr [rip + word], SIGTERM
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    @sys wait4, rbx, &word, WUNTRACED, 0
    @sys kill, rbx, SIGKILL, 1
    @sys wait4, rbx, &word, 0, 0
    @check dword ptr [rip + word], SIGKILL
    xor eax, eax
    ret
child:
    @sys getpid
    @sys kill, rax, SIGSTOP, 1
    @exit 4

=== zombie_takes_signals | exit 0 | kill of a child that has ended is a success until somebody has waited for it; then it is ESRCH. | bsd/kern/kern_sig.c:kill
main:
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    mov qword ptr [rip + timer], 1
    @sys select, 0, 0, 0, 0, &timer
    @sys kill, rbx, SIGTERM, 1
    @answers 0
    @sys wait4, rbx, &word, 0, 0
    @check dword ptr [rip + word], 0
    @sys kill, rbx, SIGTERM, 1
    @fails ESRCH
    xor eax, eax
    ret
child:
    @exit 0

=== signal_to_the_group | exit 2 | A signal to the group reaches parent and child. | bsd/kern/kern_sig.c:killpg1
main:
    @install SIGUSR1, count_signal, 0
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
1:  @sys select, 0, 0, 0, 0, 0
    @fails EINTR
    @sys wait4, rbx, &word, 0, 0
    mov eax, [rip + word]
    shr eax, 8
    add eax, [rip + count]
    ret
child:
    @sys kill, 0, SIGUSR1, 1
    @exit [rip + count]

=== signal_to_everybody | exit 2 | Pid -1 is every process: the caller too where kill's third argument asks for POSIX, else all others. | bsd/kern/kern_sig.c:killpg1
main:
    @install SIGUSR1, count_signal, 0
    @sys fork
    cmp edx, 1
    je child
1:  @sys select, 0, 0, 0, 0, 0
    cmp dword ptr [rip + count], 2
    jne 1b
    @sys wait4, -1, &word, 0, 0
    @check dword ptr [rip + word], 1 << 8
    mov eax, [rip + count]
    ret
child:
    @sys kill, -1, SIGUSR1, 0
    mov qword ptr [rip + timer], 1
    @sys select, 0, 0, 0, 0, &timer
    cmp dword ptr [rip + count], 0
    jne 1f
    @sys kill, -1, SIGUSR1, 1
    @exit [rip + count]
1:  @exit 9

=== no_zombies | exit 0 | If SIGCHLD is ignored, children leave nothing: wait4 sleeps until all have ended, and answers ECHILD. | bsd/kern/kern_exit.c:proc_exit
main:
    @install SIGCHLD, SIG_IGN, 0
    @sys fork
    cmp edx, 1
    je child
    @sys wait4, -1, &word, 0, 0
    @fails ECHILD
    xor eax, eax
    ret
child:
    @exit 4

=== wait_without_children | exit 0 | Without children wait4 is ECHILD; with WNOHANG and one that lives, 0. | bsd/kern/kern_exit.c:wait4
main:
    @sys wait4, -1, &word, 0, 0
    @fails ECHILD
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    @sys wait4, -1, &word, WNOHANG, 0
    @answers 0
    @sys kill, rbx, SIGKILL, 1
    @sys wait4, -1, &word, 0, 0
    @answers rbx
    @check dword ptr [rip + word], SIGKILL
    xor eax, eax
    ret
child:
    @sys select, 0, 0, 0, 0, 0

=== signal_to_the_parent | exit 1 | A child's signal tells its own id. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @mask SIG_SETMASK, M_SIGUSR2
    @sys fork
    cmp edx, 1
    je child
    mov ebx, eax
    @sys select, 0, 0, 0, 0, 0
    @fails EINTR
    mov eax, [rip + count]
    ret
child:
    @sys kill, [rip + self], SIGUSR1, 1
    @exit 0
handler:
    @check [rsi + SI_PID], ebx
    @check dword ptr [rsi + SI_STATUS], SIGUSR1
    jmp count_signal
