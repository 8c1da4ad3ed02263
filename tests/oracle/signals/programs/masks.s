; rt_sigprocmask, rt_sigpending, rt_sigsuspend, rt_sigtimedwait, and the mask in a handler.

=== how | exit 0 | SIG_BLOCK adds, SIG_UNBLOCK takes away, SIG_SETMASK replaces; the old mask comes back.
main:
    @mask SIG_SETMASK, M_SIGHUP | M_SIGUSR1
    @mask SIG_BLOCK, M_SIGINT
    @mask SIG_UNBLOCK, M_SIGHUP | M_SIGTERM
    @mask SIG_SETMASK, 0
    mov rax, [rip + oldset]
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    ret

=== kill_stop | exit 0 | SIGKILL and SIGSTOP are never blocked.
main:
    @mask SIG_SETMASK, -1
    @mask SIG_BLOCK, M_SIGKILL | M_SIGSTOP
    @mask SIG_UNBLOCK, -1
    mov rax, [rip + oldset]
    @mask SIG_BLOCK, 0
    mov rax, [rip + oldset]
    ret

=== mask_errors | exit 0 | rt_sigprocmask refuses a bad `how`, size or pointer; without a set `how` does not matter.
main:
    @sys rt_sigprocmask, 3, &newset, &oldset, 8
    @sys rt_sigprocmask, -1, &newset, &oldset, 8
    @sys rt_sigprocmask, 3, 0, &oldset, 8
    @sys rt_sigprocmask, SIG_BLOCK, &newset, &oldset, 4
    @sys rt_sigprocmask, SIG_BLOCK, &newset, &oldset, 16
    @sys rt_sigprocmask, SIG_BLOCK, 0x10, &oldset, 8
    mov qword ptr [rip + newset], M_SIGHUP
    @sys rt_sigprocmask, SIG_BLOCK, &newset, 0x10, 8
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rcx, [rip + oldset]
    @sys rt_sigprocmask, SIG_BLOCK, 0, 0, 8
    ret

=== unblock_delivers | exit 1 | A signal is delivered before the call that unblocks it returns.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR1
    @raise SIGUSR1
    @mask SIG_UNBLOCK, M_SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    mov rax, [rdx + UC_RAX]
    mov rcx, [rdx + UC_RIP]
    ret

=== handler_mask | exit 2 | During a handler its own signal and sa_mask are blocked besides what was.
main:
    @install SIGUSR1, handler, SA_SIGINFO, M_SIGUSR2 | M_SIGKILL
    @install SIGUSR2, count_signal, 0
    @mask SIG_BLOCK, M_SIGHUP
    @raise SIGUSR1
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rcx, [rip + oldset]
    mov eax, [rip + count]
    ret
handler:
    @raise SIGUSR2
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    inc dword ptr [rip + count]
    ret

=== mask_in_handler | exit 0 | What a handler does to the mask is undone by sigreturn.
main:
    @install SIGUSR1, handler, 0
    @raise SIGUSR1
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    ret
handler:
    @mask SIG_BLOCK, M_SIGTERM
    ret

=== pending_size | exit 0 | rt_sigpending takes any size up to eight and copies that much.
main:
    @mask SIG_BLOCK, M_SIGUSR1 | M_SIGRT_32
    @raise SIGUSR1
    @raise SIGRT_32
    @sys rt_sigpending, &oldset, 4
    @sys rt_sigpending, &newset, 8
    @sys rt_sigpending, &newset, 0
    @sys rt_sigpending, &newset, 9
    @sys rt_sigpending, 0x10, 8
    xor eax, eax
    ret

=== suspend | exit 1 | rt_sigsuspend waits with another mask; the frame and what follows have the old one.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR1 | M_SIGHUP
    @raise SIGUSR1
    mov qword ptr [rip + newset], M_SIGINT
    @sys rt_sigsuspend, &newset, 8
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    mov rax, [rdx + UC_SIGMASK]
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    ret

=== suspend_two | exit 2 | rt_sigsuspend delivers all that its mask lets through before it returns.
main:
    @install SIGUSR1, note_signal, SA_SIGINFO | SA_RESTART
    @install SIGUSR2, note_signal, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR1 | M_SIGUSR2
    @raise SIGUSR2
    @raise SIGUSR1
    mov qword ptr [rip + newset], 0
    @sys rt_sigsuspend, &newset, 8
    mov rax, [rip + noted]
    ret

=== suspend_errors | exit 0 | rt_sigsuspend refuses a bad size or pointer.
main:
    @sys rt_sigsuspend, &newset, 4
    @sys rt_sigsuspend, 0x10, 8
    @sys rt_sigsuspend, 0, 16
    xor eax, eax
    ret

=== suspend_fatal | killed SIGUSR2 | rt_sigsuspend ends with a signal that kills.
main:
    @mask SIG_BLOCK, M_SIGUSR2
    @raise SIGUSR2
    mov qword ptr [rip + newset], 0
    @sys rt_sigsuspend, &newset, 8
    mov eax, 1
    ret

=== timedwait | exit 10 | rt_sigtimedwait takes a pending signal and its siginfo; no handler runs.
main:
    @install SIGUSR1, count_signal, 0
    @mask SIG_BLOCK, M_SIGUSR1
    mov edi, SIGUSR1
    mov esi, 77
    call send_value
    mov qword ptr [rip + newset], M_SIGUSR1
    @sys rt_sigtimedwait, &newset, &info, 0, 8
    mov rbx, rax
    @sys rt_sigpending, &oldset, 8
    @mask SIG_SETMASK, 0
    mov eax, ebx
    add eax, [rip + count]
    ret

=== timedwait_lowest | exit 3 | Of several it takes the lowest number, real-time ones in the order they were sent.
main:
    @mask SIG_SETMASK, -1
    mov edi, SIGRT_4
    mov esi, 1
    call send_value
    mov edi, SIGRT_4
    mov esi, 2
    call send_value
    @raise SIGTERM
    mov qword ptr [rip + newset], -1
    @sys rt_sigtimedwait, &newset, &info, 0, 8
    @sys rt_sigtimedwait, &newset, &info, 0, 8
    mov rbx, [rip + info + SI_VALUE]
    @sys rt_sigtimedwait, &newset, &info, 0, 8
    add rbx, [rip + info + SI_VALUE]
    mov eax, ebx
    ret

=== timedwait_nothing | exit 11 | With a time of zero and nothing pending it answers EAGAIN at once.
main:
    @mask SIG_BLOCK, M_SIGUSR1
    mov qword ptr [rip + newset], M_SIGUSR1
    @sys rt_sigtimedwait, &newset, &info, &timer, 8
    neg eax
    ret

=== timedwait_expires | exit 11 | When the time is over it answers EAGAIN.
main:
    @mask SIG_BLOCK, M_SIGUSR1
    mov qword ptr [rip + newset], M_SIGUSR1
    mov qword ptr [rip + timer + 8], 5000000
    @sys rt_sigtimedwait, &newset, &info, &timer, 8
    neg eax
    ret

=== timedwait_interrupted | exit 4 | A handler for another signal interrupts it: EINTR, whatever SA_RESTART says.
main:
    @install SIGALRM, count_signal, SA_RESTART
    mov edi, 40000
    call arm
    mov qword ptr [rip + newset], M_SIGUSR1
    @sys rt_sigtimedwait, &newset, &info, 0, 8
    neg eax
    ret

=== timedwait_alarm | exit 14 | It waits for a signal that comes later, without siginfo if none is wanted.
main:
    @mask SIG_BLOCK, M_SIGALRM
    mov edi, 40000
    call arm
    mov qword ptr [rip + newset], M_SIGALRM
    @sys rt_sigtimedwait, &newset, 0, 0, 8
    ret

=== timedwait_unblocked | exit 14 | A signal it waits for does not run its handler, even where it isn't blocked.
main:
    @install SIGALRM, count_signal, 0
    mov edi, 40000
    call arm
    mov qword ptr [rip + newset], M_SIGALRM
    @sys rt_sigtimedwait, &newset, &info, 0, 8
    add eax, [rip + count]
    ret

=== timedwait_errors | exit 0 | It refuses bad sizes, pointers and times; SIGKILL is never waited for.
main:
    mov qword ptr [rip + newset], M_SIGKILL
    @sys rt_sigtimedwait, &newset, 0, &timer, 4
    @sys rt_sigtimedwait, 0x10, 0, &timer, 8
    @sys rt_sigtimedwait, &newset, 0, 0x10, 8
    @sys rt_sigtimedwait, &newset, 0, &timer, 8
    mov qword ptr [rip + timer + 8], 1000000000
    @sys rt_sigtimedwait, &newset, 0, &timer, 8
    mov qword ptr [rip + timer + 8], -1
    @sys rt_sigtimedwait, &newset, 0, &timer, 8
    mov qword ptr [rip + timer + 8], 0
    mov qword ptr [rip + timer], -1
    @sys rt_sigtimedwait, &newset, 0, &timer, 8
    mov qword ptr [rip + timer], 0
    @mask SIG_BLOCK, M_SIGUSR1
    @raise SIGUSR1
    mov qword ptr [rip + newset], M_SIGUSR1
    @sys rt_sigtimedwait, &newset, 0x10, &timer, 8
    @sys rt_sigpending, &oldset, 8
    mov rax, [rip + oldset]
    ret

=== first_frame_mask | exit 3 | Each of several frames saves the mask as it was when that frame was made.
main:
    @install SIGHUP, handler, SA_SIGINFO, M_SIGTERM
    @install SIGINT, handler, SA_SIGINFO, M_SIGQUIT
    @install SIGUSR1, handler, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGHUP | M_SIGINT | M_SIGUSR1
    @raise SIGHUP
    @raise SIGINT
    @raise SIGUSR1
    @mask SIG_SETMASK, M_SIGWINCH
    mov rax, [rip + noted]
    ret
handler:
    mov rax, [rdx + UC_SIGMASK]
    call note
    mov rax, [rdx + UC_OLDMASK]
    ret
