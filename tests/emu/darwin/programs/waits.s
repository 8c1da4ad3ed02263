; Waiting, and calls that a signal cuts short.

=== sigsuspend | exit 1 | sigsuspend takes its mask by value, runs the handler under it, and answers EINTR with the old mask back. | bsd/kern/kern_sig.c:sigsuspend
main:
    @install SIGALRM, handler, 0
    @mask SIG_SETMASK, M_SIGALRM | M_SIGHUP
    @arm 1000
    @sys sigsuspend, M_SIGUSR1
    @fails EINTR
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGALRM | M_SIGHUP
    mov eax, [rip + count]
    ret
handler:
    @check dword ptr [rdx + UC_SIGMASK], M_SIGALRM | M_SIGHUP
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGALRM | M_SIGUSR1
    jmp count_signal

=== sigsuspend_pending | exit 1 | A signal that is pending already ends it at once. | bsd/kern/kern_sig.c:sigsuspend
main:
    @install SIGUSR1, count_signal, 0
    @mask SIG_SETMASK, M_SIGUSR1
    @raise SIGUSR1
    @sys sigsuspend, 0
    @fails EINTR
    mov eax, [rip + count]
    ret

=== sigsuspend_restart | exit 1 | With SA_RESTART too. | bsd/kern/kern_sig.c:sigsuspend
main:
    @install SIGALRM, count_signal, SA_RESTART
    @arm 1000
    @sys sigsuspend, 0
    @fails EINTR
    mov eax, [rip + count]
    ret

=== sigsuspend_ignored | sleeps for ever | A signal that does nothing doesn't end it. | bsd/kern/kern_sig.c:sigsuspend
main:
    @install SIGALRM, SIG_IGN, 0
    @arm 1000
    @sys sigsuspend, 0
    ret

=== sigwait_pending | exit 0 | __sigwait takes a pending signal of its set, and no handler runs. | bsd/kern/kern_sig.c:__sigwait
main:
    @install SIGUSR1, count_signal, 0
    @mask SIG_SETMASK, M_SIGUSR1
    @raise SIGUSR1
    mov dword ptr [rip + newset], M_SIGUSR1 | M_SIGUSR2
    @sys __sigwait, &newset, &word
    @answers 0
    @check dword ptr [rip + word], SIGUSR1
    @sys sigpending, &word
    @check dword ptr [rip + word], 0
    mov eax, [rip + count]
    ret

=== sigwait_sleeps | exit 0 | Else it sleeps until one comes, blocked or not, and the mask is as before. | bsd/kern/kern_sig.c:__sigwait
main:
    @mask SIG_SETMASK, M_SIGHUP
    @install SIGALRM, count_signal, 0
    @arm 1000
    mov dword ptr [rip + newset], M_SIGALRM
    @sys __sigwait, &newset, &word
    @answers 0
    @check dword ptr [rip + word], SIGALRM
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGHUP
    mov eax, [rip + count]
    ret

=== sigwait_default | exit 0 | What it waits for doesn't kill, though nobody handles it. | bsd/kern/kern_sig.c:psignal_internal
main:
    @arm 1000
    mov dword ptr [rip + newset], M_SIGALRM
    @sys __sigwait, &newset, &word
    @answers 0
    ret

=== sigwait_ignored | sleeps for ever | A signal that is ignored never comes. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGALRM, SIG_IGN, 0
    @arm 1000
    mov dword ptr [rip + newset], M_SIGALRM
    @sys __sigwait, &newset, &word
    ret

=== sigwait_errors | exit 0 | No set or an empty one is EINVAL; SIGKILL alone is an empty one. | bsd/kern/kern_sig.c:__sigwait
main:
    @sys __sigwait, 0, &word
    @fails EINVAL
    mov dword ptr [rip + newset], 0
    @sys __sigwait, &newset, &word
    @fails EINVAL
    mov dword ptr [rip + newset], M_SIGKILL | M_SIGSTOP
    @sys __sigwait, &newset, &word
    @fails EINVAL
    @sys __sigwait, 0x10, &word
    @fails EFAULT
    xor eax, eax
    ret

=== pause_by_select | exit 1 | select of nothing without a time is a pause: EINTR after a handler, with SA_RESTART too. | bsd/kern/sys_generic.c:select
main:
    @install SIGALRM, count_signal, SA_RESTART
    @arm 1000
    @sys select, 0, 0, 0, 0, 0
    @fails EINTR
    mov eax, [rip + count]
    ret

=== sleep_by_select | exit 0 | With a time it is a sleep, which ends with 0. | bsd/kern/sys_generic.c:select
main:
    call start_clock
    mov qword ptr [rip + timer], 2
    mov qword ptr [rip + timer + 8], 0
    @sys select, 0, 0, 0, 0, &timer
    @answers 0
    call elapsed
    @check rax, 2
    xor eax, eax
    ret

=== select_nocancel | exit 0 | select_nocancel, 407, is the same. | bsd/kern/sys_generic.c:select_nocancel
main:
    mov qword ptr [rip + timer], 0
    mov qword ptr [rip + timer + 8], 1000
    @sys select_nocancel, 0, 0, 0, 0, &timer
    @answers 0
    ret

=== sleep_by_semwait | exit 0 | __semwait_signal with a relative time is a sleep that ends with ETIMEDOUT. | bsd/kern/kern_sig.c:__semwait_signal
main:
    call semaphore
    mov ebx, eax
    @sys __semwait_signal, rbx, 0, 1, 1, 0, 1000
    @fails ETIMEDOUT
    xor eax, eax
    ret

=== pause_by_semwait | exit 1 | A handler ends it with EINTR, with SA_RESTART too. | bsd/kern/kern_sig.c:__semwait_signal
main:
    call semaphore
    mov ebx, eax
    @install SIGALRM, count_signal, SA_RESTART
    @arm 1000
    @sys __semwait_signal, rbx, 0, 0, 0, 0, 0
    @fails EINTR
    mov eax, [rip + count]
    ret

=== semwait_signalled | exit 0 | Of a semaphore that was signalled it answers 0, and takes the signal. | bsd/kern/kern_sig.c:__semwait_signal
main:
    call semaphore
    mov ebx, eax
    @sys semaphore_signal_trap, rbx
    @sys __semwait_signal, rbx, 0, 0, 0, 0, 0
    @answers 0
    @sys semaphore_timedwait_trap, rbx, 0, 0
    @check eax, KERN_OPERATION_TIMED_OUT
    xor eax, eax
    ret

=== semwait_two | exit 0 | It signals its second semaphore when the wait has begun: how a condition variable lets its mutex go. | bsd/kern/kern_sig.c:__semwait_signal
main:
    call semaphore
    mov ebx, eax
    call semaphore
    mov r12d, eax
    @sys __semwait_signal, rbx, r12, 1, 1, 0, 1000
    @fails ETIMEDOUT
    @sys semaphore_timedwait_trap, r12, 0, 0
    @check eax, KERN_SUCCESS
    xor eax, eax
    ret

=== semwait_bad_time | exit 0 | A relative time that is negative, or of a second's nanoseconds, is EINVAL. | bsd/kern/kern_sig.c:__semwait_signal
main:
    call semaphore
    mov ebx, eax
    @sys __semwait_signal, rbx, 0, 1, 1, 0, 1000000000
    @fails EINVAL
    @sys __semwait_signal, rbx, 0, 1, 1, -1, 0
    @fails EINVAL
    xor eax, eax
    ret

=== semwait_error | exit 0 | A semaphore that is none is EINVAL. | bsd/kern/kern_sig.c:__semwait_signal
main:
    @sys __semwait_signal, 0xbad, 0, 0, 0, 0, 0
    @fails EINVAL
    xor eax, eax
    ret

=== read_interrupted | exit 1 | A handler without SA_RESTART ends a read with EINTR and the carry flag; both are in its frame. | bsd/dev/i386/systemcalls.c:unix_syscall64
main:
    @install SIGALRM, handler, SA_SIGINFO
    @sys pipe
    mov ebx, eax
    @arm 1000
    @sys read, rbx, &spare, 1
behind:
    @fails EINTR
    mov eax, [rip + count]
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check qword ptr [rdx + MC_RAX], EINTR
    mov eax, [rdx + MC_RFLAGS]
    and eax, CF
    @check eax, CF
    lea rax, [rip + behind]
    @check [rdx + MC_RIP], rax
    jmp count_signal

=== read_restarted | exit 1 | With SA_RESTART RIP in the frame is back at the SYSCALL and RAX has the number: sigreturn makes the call again. | bsd/dev/i386/systemcalls.c:unix_syscall64
main:
    @install SIGALRM, handler, SA_SIGINFO | SA_RESTART
    @sys pipe
    mov ebx, eax
    mov r12d, edx
    @arm 1000
    lea rsi, [rip + spare]
    mov edx, 16
    mov edi, ebx
    mov eax, SYS_read
call:
    syscall
    @answers 3
    @check dword ptr [rip + spare], 0x636261
    mov eax, [rip + count]
    ret
handler:
    call count_signal
    mov rdx, [rdx + UC_MCONTEXT]
    lea rax, [rip + call]
    @check [rdx + MC_RIP], rax
    @check qword ptr [rdx + MC_RAX], SYS_read
    @check [rdx + MC_RDI], rbx
    @check qword ptr [rdx + MC_RDX], 16
    mov dword ptr [rip + word], 0x636261
    @sys write, r12, &word, 3
    @answers 3
    ret

=== read_ignored | sleeps for ever | A signal that is ignored doesn't end a read. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGALRM, SIG_IGN, 0
    @sys pipe
    mov ebx, eax
    @arm 1000
    @sys read, rbx, &spare, 1
    ret

=== read_blocked_signal | sleeps for ever | Nor does one that is blocked. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGALRM, count_signal, 0
    @mask SIG_SETMASK, M_SIGALRM
    @sys pipe
    mov ebx, eax
    @arm 1000
    @sys read, rbx, &spare, 1
    ret

=== read_killed | killed SIGALRM | A default action that ends the process ends it in its sleep. | bsd/kern/kern_sig.c:psignal_internal
main:
    @sys pipe
    mov ebx, eax
    @arm 1000
    @sys read, rbx, &spare, 1
    ret
