; Stop signals and SIGCONT.

=== stop | stopped SIGSTOP | SIGSTOP stops, blocked or not.
main:
    @mask SIG_SETMASK, -1
    @raise SIGSTOP
    ret

=== stop_by_terminal | stopped SIGTSTP | SIGTSTP stops unless it is caught, blocked or ignored.
main:
    @install SIGTSTP, count_signal, 0
    @raise SIGTSTP
    @install SIGTSTP, SIG_IGN, 0
    @raise SIGTSTP
    @install SIGTSTP, SIG_DFL, 0
    @mask SIG_BLOCK, M_SIGTSTP
    @raise SIGTSTP
    @mask SIG_UNBLOCK, M_SIGTSTP
    ret

=== stop_reading | stopped SIGTTIN | So does SIGTTIN,
main:
    @raise SIGTTIN
    ret

=== stop_writing | stopped SIGTTOU | and SIGTTOU.
main:
    @raise SIGTTOU
    ret

=== continued | exit 1 continue | SIGCONT lets the program go on where it was, and its handler runs.
main:
    @install SIGCONT, count_signal, SA_SIGINFO
    @raise SIGSTOP
    mov eax, [rip + count]
    ret

=== continued_silently | exit 3 continue | Without a handler SIGCONT does nothing but that.
main:
    @raise SIGSTOP
    mov eax, 3
    ret

=== continued_blocked | exit 1 continue | A blocked SIGCONT lets the program go on too, and stays pending.
main:
    @install SIGCONT, count_signal, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGCONT
    @raise SIGSTOP
    @sys rt_sigpending, &oldset, 8
    @mask SIG_UNBLOCK, M_SIGCONT
    mov eax, [rip + count]
    ret

=== cont_unasked | exit 1 | SIGCONT to a program that isn't stopped runs its handler.
main:
    @install SIGCONT, count_signal, SA_SIGINFO
    @raise SIGCONT
    mov eax, [rip + count]
    ret
