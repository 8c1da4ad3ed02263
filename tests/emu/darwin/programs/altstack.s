; sigaltstack, and which stack a handler gets.

=== onstack | exit 1 | With SA_ONSTACK the frame goes to the top of the alternate stack, under a red zone there too. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @answers 0
    @tramp noted_tramp
    @install SIGUSR1, count_signal, SA_ONSTACK | SA_SIGINFO
    @raise SIGUSR1
    lea rax, [rip + alt_end]
    sub rax, RED_ZONE + UC_SIZE
    @check [rip + entry_r8], rax
    mov eax, [rip + count]
    ret

=== not_onstack | exit 1 | Without SA_ONSTACK a handler stays on the stack it interrupts. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGILL, skip, 0
    @resume 1f
    ud2
1:  lea rax, [rsp - RED_ZONE - UC_SIZE]
    @check [rip + entry_r8], rax
    mov eax, [rip + count]
    ret

=== never_set | exit 0 | A process starts without an alternate stack: SS_DISABLE, address and size 0. | bsd/kern/kern_sig.c:sigaltstack
main:
    mov qword ptr [rip + oldstack], -1
    mov qword ptr [rip + oldstack + 8], -1
    mov dword ptr [rip + oldstack + 16], -1
    @sys sigaltstack, 0, &oldstack
    @answers 0
    @check qword ptr [rip + oldstack], 0
    @check qword ptr [rip + oldstack + 8], 0
    @check dword ptr [rip + oldstack + 16], SS_DISABLE
    ret

=== size_before_flags | exit 0 | stack_t has the size at 8 and the flags at 16, the other way round than Linux. | bsd/kern/kern_sig.c:sigaltstack
main:
    @altstack 0
    @sys sigaltstack, 0, &oldstack
    lea rax, [rip + alt]
    @check [rip + oldstack], rax
    @check qword ptr [rip + oldstack + 8], ALT_SIZE
    @check dword ptr [rip + oldstack + 16], 0
    xor eax, eax
    ret

=== asked_inside | exit 1 | On it sigaltstack tells SS_ONSTACK, and setting another is EPERM. | bsd/kern/kern_sig.c:sigaltstack
main:
    @altstack 0
    @install SIGUSR1, handler, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    @sys sigaltstack, 0, &oldstack
    @check dword ptr [rip + oldstack + 16], SS_ONSTACK
    @sys sigaltstack, &newstack, 0
    @fails EPERM
    jmp count_signal

=== disabled_inside | exit 1 | Switching it off while a handler runs on it is EINVAL. | bsd/kern/kern_sig.c:sigaltstack
main:
    @altstack 0
    @install SIGUSR1, handler, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    mov dword ptr [rip + newstack + 16], SS_DISABLE
    @sys sigaltstack, &newstack, 0
    @fails EINVAL
    jmp count_signal

=== disabled | exit 1 | Switched off it keeps address and size, and handlers stay on the normal stack. | bsd/kern/kern_sig.c:sigaltstack
main:
    @altstack 0
    mov edi, 0x1234
    mov esi, SS_DISABLE
    mov edx, 1
    call altstack
    @answers 0
    @sys sigaltstack, 0, &oldstack
    lea rax, [rip + alt]
    @check [rip + oldstack], rax
    @check dword ptr [rip + oldstack + 16], SS_DISABLE
    @tramp noted_tramp
    @install SIGILL, skip, SA_ONSTACK
    @resume 1f
    ud2
1:  lea rax, [rsp - RED_ZONE - UC_SIZE]
    @check [rip + entry_r8], rax
    mov eax, [rip + count]
    ret

=== too_small | exit 0 | Less than 8192 bytes are refused with ENOMEM, though MINSIGSTKSZ is 32768. | bsd/kern/kern_sig.c:sigaltstack
main:
    @altstack 0, 8191
    @fails ENOMEM
    @altstack 0, 8192
    @answers 0
    ret

=== bad_flags | exit 0 | Flags other than SS_DISABLE are EINVAL: SS_ONSTACK too, which Linux takes. | bsd/kern/kern_sig.c:sigaltstack
main:
    @altstack SS_ONSTACK
    @fails EINVAL
    @altstack 2
    @fails EINVAL
    @altstack SS_DISABLE | SS_ONSTACK
    @fails EINVAL
    xor eax, eax
    ret

=== told_though_refused | exit 0 | The old stack is told even where the new one is refused. | bsd/kern/kern_sig.c:sigaltstack
main:
    @altstack 0
    mov qword ptr [rip + newstack + 8], 1
    @sys sigaltstack, &newstack, &oldstack
    @fails ENOMEM
    @check qword ptr [rip + oldstack + 8], ALT_SIZE
    xor eax, eax
    ret

=== stack_pointers | exit 0 | A stack_t that can't be read or written is EFAULT. | bsd/kern/kern_sig.c:sigaltstack
main:
    @sys sigaltstack, 0x10, 0
    @fails EFAULT
    @sys sigaltstack, 0, &readonly
    @fails EFAULT
    xor eax, eax
    ret

=== nested | exit 2 | A signal that interrupts a handler on the alternate stack goes below it; its ucontext says so. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGUSR1, outer, SA_ONSTACK
    @install SIGUSR2, inner, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
outer:
    @check dword ptr [rdx + UC_ONSTACK], 0
    mov rbx, rsp
    @raise SIGUSR2
    jmp count_signal
inner:
    @check dword ptr [rdx + UC_ONSTACK], 1
    @check dword ptr [rdx + UC_SS_FLAGS], SS_ONSTACK
    @check qword ptr [rdx + UC_SS_SIZE], 0
    lea rax, [rbx - 8 - RED_ZONE - UC_SIZE]
    @check rdx, rax
    jmp count_signal

=== ucontext_of_a_switch | exit 1 | Where the stack changes, uc_stack has the handler's RSP and the alternate stack's size; uc_onstack is 0. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGUSR1, handler, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    @check dword ptr [rdx + UC_ONSTACK], 0
    mov rax, [rip + entry_rsp]
    @check [rdx + UC_SS_SP], rax
    @check qword ptr [rdx + UC_SS_SIZE], ALT_SIZE
    @check dword ptr [rdx + UC_SS_FLAGS], 0
    jmp count_signal

=== flag_not_pointer | exit 2 | Being on it is a flag of the thread: with RSP elsewhere, a second handler still doesn't get its top. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGUSR1, outer, SA_ONSTACK
    @install SIGUSR2, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
outer:
    mov rbx, rsp
    lea rsp, [rip + spare_end]
    @sys kill, [rip + self], SIGUSR2, 1
    lea rax, [rip + spare_end]
    sub rax, RED_ZONE + UC_SIZE
    @check [rip + entry_r8], rax
    mov rsp, rbx
    jmp count_signal

=== pointer_not_flag | exit 1 | And RSP that only points into it doesn't count: the frame goes to its top. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGUSR1, count_signal, SA_ONSTACK
    mov rbx, rsp
    lea rsp, [rip + alt_end]
    sub rsp, 0x400
    @sys kill, [rip + self], SIGUSR1, 1
    mov rsp, rbx
    lea rax, [rip + alt_end]
    sub rax, RED_ZONE + UC_SIZE
    @check [rip + entry_r8], rax
    mov eax, [rip + count]
    ret

=== left_by_sigreturn | exit 2 | After sigreturn the alternate stack is free: the next handler starts at its top again. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGUSR1, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov rbx, [rip + entry_r8]
    @sys sigaltstack, 0, &oldstack
    @check dword ptr [rip + oldstack + 16], 0
    @raise SIGUSR1
    @check [rip + entry_r8], rbx
    mov eax, [rip + count]
    ret

=== left_by_jump | exit 2 | A handler that is left by a jump leaves the flag set: the next one stays on the normal stack. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGUSR1, handler, SA_ONSTACK | SA_NODEFER
    mov rbx, rsp
    @sys kill, [rip + self], SIGUSR1, 1
    ret
handler:
    call count_signal
    cmp dword ptr [rip + count], 2
    je 1f
    mov rsp, rbx
    @sys kill, [rip + self], SIGUSR1, 1
1:  lea rax, [rbx - RED_ZONE - UC_SIZE]
    @check rdx, rax
    @exit 2

=== uc_reset_alt_stack | exit 2 | After sigreturn with UC_RESET_ALT_STACK, as longjmp makes it, it is free again. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @altstack 0
    @tramp noted_tramp
    @install SIGUSR1, handler, SA_ONSTACK | SA_NODEFER
    mov rbx, rsp
    @sys kill, [rip + self], SIGUSR1, 1
    ret
handler:
    call count_signal
    cmp dword ptr [rip + count], 2
    je 1f
    mov rsp, rbx
    @sys sigreturn, 0x10, UC_RESET_ALT_STACK, 0
    @answers 0
    @sys kill, [rip + self], SIGUSR1, 1
1:  lea rax, [rip + alt_end]
    sub rax, RED_ZONE + UC_SIZE
    @check rdx, rax
    @exit 2

=== uc_set_alt_stack | exit 1 | sigreturn with UC_SET_ALT_STACK only sets the flag; it answers 0, and looks at no ucontext. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @altstack 0
    @sys sigreturn, 0x10, UC_SET_ALT_STACK, 0
    @answers 0
    @sys sigaltstack, 0, &oldstack
    @check dword ptr [rip + oldstack + 16], SS_ONSTACK
    @tramp noted_tramp
    @install SIGILL, skip, SA_ONSTACK
    @resume 1f
    ud2
1:  lea rax, [rsp - RED_ZONE - UC_SIZE]
    @check [rip + entry_r8], rax
    mov eax, [rip + count]
    ret

=== uc_onstack_decides | exit 2 | The lowest bit of the frame's uc_onstack decides whether the flag is set after sigreturn. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @altstack 0
    @install SIGUSR1, handler, SA_ONSTACK
    mov ebx, 2
    @raise SIGUSR1
    @sys sigaltstack, 0, &oldstack
    @check dword ptr [rip + oldstack + 16], 0
    mov ebx, 3
    @raise SIGUSR1
    @sys sigaltstack, 0, &oldstack
    @check dword ptr [rip + oldstack + 16], SS_ONSTACK
    mov eax, [rip + count]
    ret
handler:
    mov [rdx + UC_ONSTACK], ebx
    jmp count_signal

=== nowhere | dumped SIGILL | Nobody looks whether there is memory; a frame that doesn't fit is SIGILL. | bsd/dev/i386/unix_signal.c:sendsig
main:
    mov rdi, 0x10000000000
    xor esi, esi
    mov edx, ALT_SIZE
    call altstack
    @answers 0
    @install SIGUSR1, count_signal, SA_ONSTACK
    @raise SIGUSR1
    xor eax, eax
    ret
