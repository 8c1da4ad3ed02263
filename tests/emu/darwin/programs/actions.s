; sigaction: what an action is, what is told of it, what becomes of it.

=== told_action | exit 0 | sigaction takes 24 bytes with the trampoline, and tells 16 without. | bsd/kern/kern_sig.c:sigaction
main:
    @install SIGUSR1, count_signal, SA_SIGINFO | SA_ONSTACK, M_SIGHUP
    @install SIGUSR1, SIG_DFL, 0
    lea rax, [rip + count_signal]
    @check [rip + oldaction], rax
    @check dword ptr [rip + oldaction + 8], M_SIGHUP
    @check dword ptr [rip + oldaction + 12], SA_SIGINFO | SA_ONSTACK
    @check qword ptr [rip + oldaction + 16], -1
    xor eax, eax
    ret

=== told_at_first | exit 0 | An action that nobody has set is SIG_DFL with SA_RESTART: calls are restarted until somebody says otherwise. | bsd/kern/kern_sig.c:sigaction
main:
    @sys sigaction, SIGUSR1, 0, &oldaction
    @answers 0
    @check qword ptr [rip + oldaction], SIG_DFL
    @check dword ptr [rip + oldaction + 12], SA_RESTART
    ret

=== told_of_children | exit 0 | SA_NOCLDSTOP and SA_NOCLDWAIT are SIGCHLD's alone; to ignore it means SA_NOCLDWAIT. | bsd/kern/kern_sig.c:setsigvec
main:
    @install SIGCHLD, SIG_IGN, SA_NOCLDSTOP
    @sys sigaction, SIGCHLD, 0, &oldaction
    @check dword ptr [rip + oldaction + 12], SA_NOCLDSTOP | SA_NOCLDWAIT
    @install SIGUSR1, count_signal, SA_NOCLDSTOP | SA_NOCLDWAIT
    @sys sigaction, SIGUSR1, 0, &oldaction
    @check dword ptr [rip + oldaction + 12], 0
    xor eax, eax
    ret

=== told_no_resethand | exit 0 | SA_RESETHAND is kept, but never told. | bsd/kern/kern_sig.c:sigaction
main:
    @install SIGUSR1, count_signal, SA_RESETHAND | SA_NODEFER
    @sys sigaction, SIGUSR1, 0, &oldaction
    @check dword ptr [rip + oldaction + 12], SA_NODEFER
    xor eax, eax
    ret

=== untouchable | exit 0 | SIGKILL and SIGSTOP have no action to set or ask, and there is no signal 0 or 32: EINVAL. | bsd/kern/kern_sig.c:sigaction
main:
    @install SIGKILL, count_signal, 0
    @fails EINVAL
    @install SIGSTOP, SIG_IGN, 0
    @fails EINVAL
    @sys sigaction, SIGKILL, 0, &oldaction
    @fails EINVAL
    @install 0, count_signal, 0
    @fails EINVAL
    @install 32, count_signal, 0
    @fails EINVAL
    xor eax, eax
    ret

=== action_unreadable | exit 0 | The old action is told even where the new one can't be read: EFAULT. | bsd/kern/kern_sig.c:sigaction
main:
    @install SIGUSR1, count_signal, 0
    @sys sigaction, SIGUSR1, 0x10, &oldaction
    @fails EFAULT
    lea rax, [rip + count_signal]
    @check [rip + oldaction], rax
    xor eax, eax
    ret

=== tramp_per_signal | exit 12 | Each signal has its own trampoline: the one of its last sigaction. | bsd/kern/kern_sig.c:setsigvec
main:
    @tramp first
    @install SIGUSR1, count_signal, 0
    @tramp second
    @install SIGUSR2, count_signal, 0
    @raise SIGUSR1
    @raise SIGUSR2
    mov eax, [rip + count]
    ret
first:
    add dword ptr [rip + count], 1
    jmp tramp
second:
    add dword ptr [rip + count], 9
    jmp tramp

=== tramp_is_all | exit 7 | The kernel starts the trampoline and knows nothing of the handler: RDI is only passed on. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp whole
    mov edi, SIGUSR1
    mov esi, 0x12345678
    xor edx, edx
    xor r10d, r10d
    call install
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
whole:
    @check rdi, 0x12345678
    mov dword ptr [rip + count], 7
    mov rdi, r8
    jmp back

=== resethand | killed SIGUSR1 | With SA_RESETHAND the action is the default once the handler is entered: the second one kills. | bsd/kern/kern_sig.c:postsig
main:
    @install SIGUSR1, handler, SA_RESETHAND
    @raise SIGUSR1
    @check dword ptr [rip + count], 1
    @raise SIGUSR1
    ret
handler:
    @sys sigaction, SIGUSR1, 0, &oldaction
    @check qword ptr [rip + oldaction], SIG_DFL
    jmp count_signal

=== resethand_traps | exit 4 | For SIGILL and SIGTRAP it does nothing: they keep SA_SIGINFO too. | bsd/kern/kern_sig.c:postsig
main:
    @tramp noted_tramp
    @install SIGILL, count_signal, SA_RESETHAND
    @install SIGTRAP, count_signal, SA_RESETHAND | SA_SIGINFO
    @raise SIGILL
    @raise SIGILL
    @check qword ptr [rip + entry_rsi], UC_TRAD
    @raise SIGTRAP
    @raise SIGTRAP
    @check qword ptr [rip + entry_rsi], UC_FLAVOR
    mov eax, [rip + count]
    ret

=== resethand_infostyle | exit 1 | It takes SA_SIGINFO away before sendsig looks: the infostyle is UC_TRAD. | bsd/kern/kern_sig.c:postsig
main:
    @tramp noted_tramp
    @install SIGUSR1, count_signal, SA_RESETHAND | SA_SIGINFO
    @raise SIGUSR1
    @check qword ptr [rip + entry_rsi], UC_TRAD
    mov eax, [rip + count]
    ret

=== ignored | exit 0 | A signal that is ignored is dropped when it is sent. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGTERM, SIG_IGN, 0
    @raise SIGTERM
    @answers 0
    ret

=== ignored_though_blocked | exit 0 | Also while it is blocked: a handler that is set later doesn't run. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGTERM, SIG_IGN, 0
    @mask SIG_BLOCK, M_SIGTERM
    @raise SIGTERM
    @sys sigpending, &word
    @check dword ptr [rip + word], 0
    @install SIGTERM, count_signal, 0
    @mask SIG_UNBLOCK, M_SIGTERM
    mov eax, [rip + count]
    ret

=== ignoring_discards | exit 0 | Ignoring a signal discards it where it is pending. | bsd/kern/kern_sig.c:setsigvec
main:
    @mask SIG_BLOCK, M_SIGTERM
    @raise SIGTERM
    @sys sigpending, &word
    @check dword ptr [rip + word], M_SIGTERM
    @install SIGTERM, SIG_IGN, 0
    @sys sigpending, &word
    @check dword ptr [rip + word], 0
    @mask SIG_UNBLOCK, M_SIGTERM
    xor eax, eax
    ret

=== default_discards | exit 0 | So does the default action of a signal that is ignored by default. | bsd/kern/kern_sig.c:setsigvec
main:
    @install SIGCHLD, count_signal, 0
    @mask SIG_BLOCK, M_SIGCHLD
    @raise SIGCHLD
    @install SIGCHLD, SIG_DFL, 0
    @install SIGCHLD, count_signal, 0
    @mask SIG_UNBLOCK, M_SIGCHLD
    mov eax, [rip + count]
    ret

=== sigchld_is_dropped | exit 0 | A SIGCHLD without an action is never pending, though it is blocked. | bsd/kern/kern_sig.c:psignal_internal
main:
    @mask SIG_BLOCK, M_SIGCHLD
    @raise SIGCHLD
    @sys sigpending, &word
    mov eax, [rip + word]
    ret

=== flags_of_another_system | exit 1 | SA_SIGINFO is 0x40 here; 4, which it is on Linux, is SA_RESETHAND. | bsd/kern/kern_sig.c:setsigvec
main:
    @tramp noted_tramp
    @install SIGUSR1, count_signal, 4
    @raise SIGUSR1
    @check qword ptr [rip + entry_rsi], UC_TRAD
    @sys sigaction, SIGUSR1, 0, &oldaction
    @check qword ptr [rip + oldaction], SIG_DFL
    mov eax, [rip + count]
    ret
