; Masks: sigprocmask, sa_mask, what can't be blocked, what happens when a mask opens.

=== how_values | exit 0 | SIG_BLOCK is 1 and adds, SIG_UNBLOCK 2 and removes, SIG_SETMASK 3 and replaces; 0 is EINVAL. | bsd/kern/kern_sig.c:sigprocmask
main:
    @mask 3, M_SIGHUP
    @answers 0
    @mask 1, M_SIGINT
    @answers 0
    @check dword ptr [rip + oldset], M_SIGHUP
    @mask 2, M_SIGHUP
    @check dword ptr [rip + oldset], M_SIGHUP | M_SIGINT
    @mask 3, M_SIGTERM
    @check dword ptr [rip + oldset], M_SIGINT
    @mask 0, M_SIGHUP
    @fails EINVAL
    @mask 4, M_SIGHUP
    @fails EINVAL
    @mask 3, 0
    @check dword ptr [rip + oldset], M_SIGTERM
    xor eax, eax
    ret

=== how_without_a_set | exit 0 | Without a new set nobody looks at `how`. | bsd/kern/kern_sig.c:sigprocmask
main:
    @mask SIG_SETMASK, M_SIGHUP
    @sys sigprocmask, 99, 0, &oldset
    @answers 0
    @check dword ptr [rip + oldset], M_SIGHUP
    ret

=== set_of_four_bytes | exit 0 | A sigset_t has four bytes: what lies behind is neither read nor written. | bsd/kern/kern_sig.c:sigprocmask
main:
    mov qword ptr [rip + oldset], -1
    mov rsi, -1
    mov edi, SIG_SETMASK
    call mask
    @sys sigprocmask, 0, 0, &oldset
    @answers 0
    @check dword ptr [rip + oldset + 4], -1
    ret

=== set_unreadable | exit 0 | A set that can't be read is EFAULT. | bsd/kern/kern_sig.c:sigprocmask
main:
    @sys sigprocmask, SIG_SETMASK, 0x10, 0
    @fails EFAULT
    xor eax, eax
    ret

=== unblockable | exit 0 | SIGKILL and SIGSTOP drop out of every mask. | bsd/kern/kern_sig.c:sigprocmask
main:
    @mask SIG_SETMASK, 0x7fffffff
    @mask SIG_SETMASK, 0
    mov eax, 0x7fffffff & ~(M_SIGKILL | M_SIGSTOP)
    @check [rip + oldset], eax
    xor eax, eax
    ret

=== kill_blocked | killed SIGKILL | So SIGKILL kills through a full mask. | bsd/kern/kern_sig.c:psignal_internal
main:
    @mask SIG_SETMASK, 0x7fffffff
    @raise SIGKILL
    ret

=== handler_mask | exit 1 | In a handler the old mask, sa_mask and the signal itself are blocked; afterwards the old mask alone. | bsd/kern/kern_sig.c:postsig
main:
    @mask SIG_SETMASK, M_SIGHUP
    @install SIGUSR1, handler, 0, M_SIGINT | M_SIGTERM
    @raise SIGUSR1
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGHUP
    mov eax, [rip + count]
    ret
handler:
    @check dword ptr [rdx + UC_SIGMASK], M_SIGHUP
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGHUP | M_SIGINT | M_SIGTERM | M_SIGUSR1
    jmp count_signal

=== handler_mask_unblockable | exit 1 | sa_mask can't block SIGKILL and SIGSTOP. | bsd/kern/kern_sig.c:setsigvec
main:
    @install SIGUSR1, handler, 0, 0x7fffffff
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    @sys sigprocmask, 0, 0, &oldset
    mov eax, 0x7fffffff & ~(M_SIGKILL | M_SIGSTOP)
    @check [rip + oldset], eax
    jmp count_signal

=== nodefer | exit 3 | With SA_NODEFER the signal itself is not blocked: the handler interrupts itself. | bsd/kern/kern_sig.c:postsig
main:
    @install SIGUSR1, handler, SA_NODEFER
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    call count_signal
    cmp dword ptr [rip + count], 3
    je 1f
    @raise SIGUSR1
    @check dword ptr [rip + count], 3
1:  ret

=== deferred | exit 2 | Without it a signal that comes in its own handler waits until sigreturn. | bsd/kern/kern_sig.c:postsig
main:
    @install SIGUSR1, handler, 0
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    call count_signal
    cmp dword ptr [rip + count], 2
    je 1f
    @raise SIGUSR1
    @check dword ptr [rip + count], 1
1:  ret

=== nodefer_in_sa_mask | exit 1 | sa_mask blocks a signal with SA_NODEFER all the same. | bsd/kern/kern_sig.c:postsig
main:
    @install SIGUSR1, handler, SA_NODEFER, M_SIGUSR1
    @raise SIGUSR1
    ret
handler:
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGUSR1
    @exit 1

=== uc_sigmask_decides | exit 0 | After sigreturn the mask is the frame's, which a handler may change; never SIGKILL or SIGSTOP. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGUSR1, handler, 0
    @raise SIGUSR1
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGHUP | M_SIGUSR2
    xor eax, eax
    ret
handler:
    mov dword ptr [rdx + UC_SIGMASK], M_SIGHUP | M_SIGUSR2 | M_SIGKILL | M_SIGSTOP
    ret

=== unblocked_at_once | exit 1 | A signal that becomes unblocked is delivered before sigprocmask returns. | bsd/kern/kern_sig.c:sigprocmask
main:
    @install SIGUSR1, count_signal, 0
    @mask SIG_BLOCK, M_SIGUSR1
    @raise SIGUSR1
    @check dword ptr [rip + count], 0
    mov dword ptr [rip + newset], M_SIGUSR1
    @sys sigprocmask, SIG_UNBLOCK, &newset, 0
    mov eax, [rip + count]
    ret

=== unblocked_by_sigreturn | exit 1 | A signal that the frame's mask lets through comes when sigreturn is done, before the interrupted code goes on. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGUSR1, handler, 0, M_SIGUSR2
    @install SIGUSR2, other, 0
    @sys kill, [rip + self], SIGUSR1, 1
behind:
    mov eax, [rip + count]
    ret
handler:
    @raise SIGUSR2
    @check dword ptr [rip + count], 0
    ret
other:
    mov rdx, [rdx + UC_MCONTEXT]
    lea rax, [rip + behind]
    @check [rdx + MC_RIP], rax
    jmp count_signal

=== pthread_sigmask | exit 0 | __pthread_sigmask changes the thread's mask; with one thread it is the same. | bsd/kern/kern_sig.c:__pthread_sigmask
main:
    mov dword ptr [rip + newset], M_SIGUSR1 | M_SIGKILL
    @sys __pthread_sigmask, SIG_SETMASK, &newset, 0
    @answers 0
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGUSR1
    ret
