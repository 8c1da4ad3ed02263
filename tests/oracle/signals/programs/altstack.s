; sigaltstack, and which stack a handler gets.

=== onstack | exit 1 | With SA_ONSTACK the frame goes to the top of the alternate stack.
main:
    @altstack 0
    @install SIGUSR1, count_signal, SA_ONSTACK | SA_SIGINFO
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== not_onstack | exit 1 | Without SA_ONSTACK a handler stays on the stack it interrupts.
main:
    @altstack 0
    @install SIGUSR1, count_signal, 0
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== asked_inside | exit 1 | On the alternate stack sigaltstack reports SS_ONSTACK and refuses a change: EPERM.
main:
    @altstack 0
    @sys sigaltstack, 0, &oldstack
    @install SIGUSR1, handler, SA_ONSTACK
    @raise SIGUSR1
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + count]
    ret
handler:
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + oldstack + 8]
    @sys sigaltstack, &newstack, 0
    @sys sigaltstack, &newstack, &oldstack
    neg eax
    mov [rip + count], eax
    ret

=== never_set | exit 2 | A process starts without an alternate stack: SS_DISABLE, address and size 0.
main:
    mov qword ptr [rip + oldstack], -1
    mov qword ptr [rip + oldstack + 8], -1
    mov qword ptr [rip + oldstack + 16], -1
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + oldstack + 8]
    ret

=== too_small | exit 12 | A stack of less than MINSIGSTKSZ bytes is refused: ENOMEM.
main:
    @altstack 0, 2047
    neg eax
    ret

=== bad_flags | exit 22 | Flags other than 0, SS_ONSTACK, SS_DISABLE and SS_AUTODISARM are refused: EINVAL.
main:
    @altstack 3
    mov dword ptr [rip + newstack + 8], 4
    @sys sigaltstack, &newstack, &oldstack
    mov dword ptr [rip + newstack + 8], 0x40000000
    @sys sigaltstack, &newstack, &oldstack
    mov dword ptr [rip + newstack + 8], -1
    @sys sigaltstack, &newstack, &oldstack
    neg eax
    ret

=== flag_onstack | exit 0 | SS_ONSTACK as a flag means the same as 0.
main:
    @altstack SS_ONSTACK
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + oldstack + 8]
    ret

=== disable | exit 2 | SS_DISABLE forgets address and size, whatever they are; handlers use the normal stack.
main:
    @altstack 0
    mov edi, 0x1234
    mov esi, SS_DISABLE
    mov edx, 1
    call altstack
    @sys sigaltstack, 0, &oldstack
    @install SIGUSR1, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + oldstack + 8]
    ret

=== stack_pointers | exit 14 | A structure that can't be read or written is EFAULT; the change is made all the same.
main:
    @sys sigaltstack, 0x10, 0
    @altstack 0
    mov qword ptr [rip + newstack + 16], 0x2000
    @sys sigaltstack, &newstack, 0x10
    mov ebx, eax
    @sys sigaltstack, 0, &oldstack
    @sys sigaltstack, 0, 0
    mov eax, ebx
    neg eax
    ret

=== overflow_at_once | dumped SIGSEGV | An alternate stack that can't hold the frame: SIGSEGV.
main:
    @altstack 0, 2048
    @install SIGUSR1, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== overflow_caught | exit 128 | That SIGSEGV can be caught on the normal stack.
main:
    @altstack 0, 2048
    @install SIGUSR1, count_signal, SA_ONSTACK
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]

=== nested | exit 2 | A signal that interrupts a handler on the alternate stack goes below it there.
main:
    @altstack 0
    @install SIGUSR1, handler, SA_ONSTACK
    @install SIGUSR2, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    @raise SIGUSR2
    inc dword ptr [rip + count]
    ret

=== nested_exhausts | dumped SIGSEGV | Handlers that nest until the alternate stack is full end with SIGSEGV.
main:
    @altstack 0
    @install SIGUSR1, handler, SA_ONSTACK | SA_NODEFER
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    @raise SIGUSR1
    ret

=== nested_not_onstack | exit 2 | A handler without SA_ONSTACK that interrupts one on the alternate stack stays there.
main:
    @altstack 0
    @install SIGUSR1, handler, SA_ONSTACK
    @install SIGUSR2, count_signal, 0
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    @raise SIGUSR2
    inc dword ptr [rip + count]
    ret

=== autodisarm | exit 2 | With SS_AUTODISARM there is no alternate stack during its handler, and again one after it.
main:
    @altstack SS_AUTODISARM
    @sys sigaltstack, 0, &oldstack
    @install SIGUSR1, handler, SA_ONSTACK
    @raise SIGUSR1
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + count]
    ret
handler:
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + oldstack + 8]
    mov [rip + count], eax
    ret

=== autodisarm_nested | exit 3 | A nested handler may set a stack of its own; sigreturn brings the first one back.
main:
    @altstack SS_AUTODISARM
    @install SIGUSR1, handler, SA_ONSTACK
    @install SIGUSR2, count_signal, SA_ONSTACK
    @raise SIGUSR1
    @raise SIGUSR2
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + count]
    ret
handler:
    @raise SIGUSR2
    inc dword ptr [rip + count]
    lea rdi, [rip + spare]
    mov esi, 0
    mov edx, 0x2000
    call altstack
    ret

=== autodisarm_small | dumped SIGSEGV | An overflow is found with SS_AUTODISARM too.
main:
    @altstack SS_AUTODISARM, 2048
    @install SIGUSR1, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== restored | exit 0 | sigreturn sets the alternate stack to the context's uc_stack.
main:
    @altstack 0
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    @sys sigaltstack, 0, &oldstack
    mov rax, [rip + oldstack + 16]
    sub rax, 0x1800
    ret
handler:
    mov qword ptr [rdx + UC_SS_SIZE], 0x1800
    add qword ptr [rdx + UC_SS_SP], 0x800
    ret

=== restored_bad | exit 0 | A uc_stack that sigaltstack would refuse changes nothing and harms nothing.
main:
    @altstack 0
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    @sys sigaltstack, 0, &oldstack
    mov rax, [rip + oldstack + 16]
    sub rax, ALT_SIZE
    ret
handler:
    mov qword ptr [rdx + UC_SS_SIZE], 100
    ret

=== left_without_return | exit 2 | Who leaves the alternate stack without sigreturn finds it free again.
main:
    @altstack 0
    @install SIGUSR1, handler, SA_ONSTACK | SA_NODEFER
    mov [rip + resume], rsp
    @raise SIGUSR1
    ud2
handler:
    inc dword ptr [rip + count]
    @sys sigaltstack, 0, &oldstack
    mov rsp, [rip + resume]
    @sys sigaltstack, 0, &oldstack
    cmp dword ptr [rip + count], 2
    jae 1f
    @raise SIGUSR1
1:  @exit [rip + count]

=== stack_edges | exit 0 | RSP is on the alternate stack above its lowest address and up to its end.
main:
    @altstack 0
    mov rbx, rsp
    lea rsp, [rip + alt]
    @sys sigaltstack, 0, &oldstack
    inc rsp
    @sys sigaltstack, 0, &oldstack
    lea rsp, [rip + alt_end]
    @sys sigaltstack, 0, &oldstack
    inc rsp
    @sys sigaltstack, 0, &oldstack
    mov rsp, rbx
    xor eax, eax
    ret

=== red_zone_edge | exit 1 | At the alternate stack's end RSP counts as on it, less the red zone.
main:
    @altstack 0
    @install SIGUSR1, count_signal, SA_ONSTACK
    mov rbx, rsp
    lea rsp, [rip + alt_end]
    mov rdi, [rip + self]
    mov rsi, rdi
    mov edx, SIGUSR1
    mov eax, SYS_tgkill
    syscall
    mov rsp, rbx
    mov eax, [rip + count]
    ret

=== below_edge | exit 1 | Just above the lowest address the red zone leads off the alternate stack: it counts as free.
main:
    @altstack 0
    @install SIGUSR1, count_signal, SA_ONSTACK
    mov rbx, rsp
    lea rsp, [rip + alt + 64]
    mov rdi, [rip + self]
    mov rsi, rdi
    mov edx, SIGUSR1
    mov eax, SYS_tgkill
    syscall
    mov rsp, rbx
    mov eax, [rip + count]
    ret

=== unmapped_altstack | dumped SIGSEGV | An alternate stack where nothing is mapped is taken, and kills when it is used.
main:
    mov edi, 0x10000
    mov esi, 0
    mov edx, 0x4000
    call altstack
    @install SIGUSR1, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== unmapped_stack | dumped SIGSEGV | A signal with RSP where nothing is mapped kills.
main:
    @install SIGUSR1, count_signal, 0
    mov esp, 0x10000
    mov rdi, [rip + self]
    mov rsi, rdi
    mov edx, SIGUSR1
    mov eax, SYS_tgkill
    syscall
    @exit 1

=== unmapped_stack_saved | exit 128 | With an alternate stack for SIGSEGV a bad RSP can be survived.
main:
    @altstack 0
    @install SIGSEGV, skip, SA_SIGINFO | SA_ONSTACK
    @install SIGUSR1, count_signal, 0
    @resume 1f
    mov esp, 0x10000
    mov rdi, [rip + self]
    mov rsi, rdi
    mov edx, SIGUSR1
    mov eax, SYS_tgkill
    syscall
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]

=== stack_overflow | exit 2 | A stack that runs into a read-only page is caught on the alternate stack.
main:
    @altstack 0
    @install SIGSEGV, skip, SA_SIGINFO | SA_ONSTACK
    @resume 1f
    lea rsp, [rip + main]
    push rax
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]

=== stack_overflow_fatal | dumped SIGSEGV | Without one the overflow kills.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    lea rsp, [rip + main]
    push rax
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]
