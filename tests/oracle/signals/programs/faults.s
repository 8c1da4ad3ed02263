; Processor exceptions: signal, si_code, si_addr, and the frame's trapno, err and cr2.

=== read_unmapped | exit 1 | A load where nothing is mapped: SEGV_MAPERR.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rax, [0xf1]
1:  @exit [rip + code]

=== write_unmapped | exit 1 | A store where nothing is mapped: the error code has the write bit.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov ebx, 0x12345
    mov [rbx], rbx
1:  @exit [rip + code]

=== modify_unmapped | exit 1 | A read-modify-write faults as a write.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov ebx, 0x12345
    inc dword ptr [rbx]
1:  @exit [rip + code]

=== fetch_unmapped | exit 1 | A jump to where nothing is mapped: a fault at the target.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov ebx, 0x12345
    jmp rbx
1:  @exit [rip + code]

=== call_unmapped | exit 1 | A call pushes its return address before the fetch faults.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov ebx, 0x12345
    call rbx
1:  @exit [rip + code]

=== write_rodata | exit 2 | A store to a read-only page: SEGV_ACCERR.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov eax, [rip + constant]           ; brings the page in: else the error code says it isn't there
    mov dword ptr [rip + constant], 1
1:  @exit [rip + code]
.section .rodata
constant: .quad 5

=== write_code | exit 2 | So is a store to code.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov dword ptr [rip + main], 1
1:  @exit [rip + code]

=== fetch_data | exit 2 | A jump into data that isn't executable: SEGV_ACCERR, an instruction fetch.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    lea rbx, [rip + log]
    jmp rbx
1:  @exit [rip + code]

=== read_across | exit 1 | A load across the end of a mapping faults at the first byte that isn't there.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    lea rbx, [rip + alt_end + 4096]
    and rbx, -4096
    mov rax, [rbx - 3]
1:  @exit [rip + code]

=== string_fault | exit 2 | A REP string instruction faults with the registers where it stopped.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    lea rdi, [rip + action]
    and rdi, -4096
    add rdi, 8
    std
    mov ecx, 5
    rep stosq
1:  cld
    @exit [rip + code]

=== read_kernel | exit 1 | A load from the kernel's half: SEGV_MAPERR, the error code as for a present page.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0xffffffff81000000
    mov rax, [rbx]
1:  @exit [rip + code]

=== read_last | exit 1 | Page 0x7ffffffff000, the last before the gap, is never mapped.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0x7ffffffff000
    mov rax, [rbx]
1:  @exit [rip + code]

=== noncanonical_load | exit 128 | A load from an address that can't be: a protection fault, SI_KERNEL, no address.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0x8000000000000000
    mov rax, [rbx]
1:  @exit [rip + code]

=== noncanonical_store | exit 128 | So is a store.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0x0000800000000000
    mov [rbx], rax
1:  @exit [rip + code]

=== noncanonical_stack | exit 128 | With RSP or RBP as the base it is a stack fault: SIGBUS.
main:
    @install SIGBUS, skip, SA_SIGINFO
    @resume 1f
    mov rbp, 0x8000000000000000
    mov rax, [rbp]
1:  @exit [rip + code]

=== noncanonical_push | exit 128 | A push to such an address needs an alternate stack to be told.
main:
    @altstack 0
    @install SIGBUS, skip, SA_SIGINFO | SA_ONSTACK
    @resume 1f
    mov rsp, 0x8000000000000000
    push rax
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]

=== noncanonical_jump | exit 128 | A jump to such an address is a protection fault.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0x8000000000000000
    jmp rbx
1:  @exit [rip + code]

=== noncanonical_return | exit 128 | So is a return to one.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0x8000000000000000
    push rbx
    ret
1:  @exit [rip + code]

=== stale_trap | exit 0 coarse | trapno, err and cr2 of the last fault stay in the frames of later signals.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGSEGV, skip, SA_SIGINFO
    @raise SIGUSR1
    @resume 1f
    mov ebx, 0x5678
    mov [rbx], rax
1:  @raise SIGUSR1
    @resume 2f
    hlt
2:  @raise SIGUSR1
    xor eax, eax
    @exit rax
handler:
    mov rax, [rdx + UC_TRAPNO]
    mov rcx, [rdx + UC_ERR]
    mov r8, [rdx + UC_CR2]
    ret

=== privileged | exit 9 | Privileged instructions are protection faults.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    hlt
1:  @resume 1f
    cli
1:  @resume 1f
    sti
1:  @resume 1f
    mov rax, cr0
1:  @resume 1f
    mov cr3, rax
1:  @resume 1f
    wrmsr
1:  @resume 1f
    in al, 0x60
1:  @resume 1f
    out 0x60, al
1:  @resume 1f
    clts
1:  @exit [rip + count]

=== divide | exit 1 | A division by zero: SIGFPE, FPE_INTDIV, the address of the instruction.
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    xor ecx, ecx
    mov eax, 5
    cdq
    idiv ecx
1:  @exit [rip + code]

=== divide_overflow | exit 1 | A quotient that does not fit is the same fault.
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov ecx, -1
    mov eax, 0x80000000
    cdq
    idiv ecx
1:  @exit [rip + code]

=== undefined | exit 2 | UD2: SIGILL, ILL_ILLOPN, the address of the instruction.
main:
    @install SIGILL, skip, SA_SIGINFO
    @resume 1f
    ud2
1:  @exit [rip + code]

=== undefined_lock | exit 2 | LOCK before what can't be locked is no instruction either.
main:
    @install SIGILL, skip, SA_SIGINFO
    @resume 1f
    .byte 0xf0, 0x90
1:  @exit [rip + code]

=== breakpoint | exit 128 | INT3: SIGTRAP, SI_KERNEL; the saved RIP lies behind it.
main:
    @install SIGTRAP, handler, SA_SIGINFO | SA_NODEFER
    int3
    mov eax, [rip + code]
    ret
handler:
    mov eax, [rsi + SI_CODE]
    mov [rip + code], eax
    ret

=== breakpoint_long | exit 128 | INT 3 in two bytes does the same.
main:
    @install SIGTRAP, note_code, SA_SIGINFO | SA_NODEFER
    .byte 0xcd, 3
    mov eax, [rip + log]
    ret

=== breakpoint_fatal | dumped SIGTRAP | A breakpoint that nobody catches kills.
main:
    int3
    ret

=== int_4 | exit 128 | INT 4 reaches the overflow gate: SIGSEGV, SI_KERNEL.
main:
    @install SIGSEGV, note_code, SA_SIGINFO
    int 4
    mov eax, [rip + log]
    ret

=== int_5 | exit 128 | INT 5 has no gate for users: a protection fault whose error code names the vector.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    int 5
1:  @exit [rip + code]

=== int_others | exit 4 | So with INT 0, 14, 32 and 255.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    int 0
1:  @resume 1f
    int 14
1:  @resume 1f
    int 32
1:  @resume 1f
    int 255
1:  @exit [rip + count]

=== single_step | exit 3 coarse | With TF set each instruction ends with SIGTRAP, TRAP_TRACE; handlers run without TF.
main:
    @install SIGTRAP, handler, SA_SIGINFO
    pushfq
    or qword ptr [rsp], 0x100
    popfq
    nop
    nop
    nop
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    mov rax, [rdx + UC_RIP]
    mov rcx, [rdx + UC_EFLAGS]
    cmp dword ptr [rip + count], 3
    jb 1f
    and qword ptr [rdx + UC_EFLAGS], ~0x100
1:  ret

=== single_step_fatal | dumped SIGTRAP coarse | A single-step that nobody catches kills.
main:
    pushfq
    or qword ptr [rsp], 0x100
    popfq
    nop
    ret

=== alignment | exit 1 | With AC set a misaligned load: SIGBUS, BUS_ADRALN.
main:
    @install SIGBUS, handler, SA_SIGINFO
    @resume 1f
    pushfq
    or dword ptr [rsp], 0x40000
    popfq
    lea rbx, [rip + log + 1]
    mov eax, [rbx]
1:  @exit [rip + code]
handler:
    and dword ptr [rdx + UC_EFLAGS], ~0x40000
    jmp skip

=== segment | exit 128 | A selector that names no segment: a protection fault, its error code the selector.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov eax, 0x3b
    mov es, eax
1:  @exit [rip + code]

=== stack_segment | exit 128 | Nor can SS be null.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    xor eax, eax
    mov ss, eax
1:  @exit [rip + code]

=== x87_divide | exit 3 | An unmasked x87 division by zero: SIGFPE, FPE_FLTDIV, at the next waiting instruction.
main:
    @install SIGFPE, skip_x87, SA_SIGINFO
    @resume 1f
    mov word ptr [rip + log], 0x37b
    fldcw word ptr [rip + log]
    fld1
    fldz
    fdivp
    nop
    fwait
1:  @exit [rip + code]
skip_x87:
    mov rcx, [rdx + UC_FPSTATE]
    movzx eax, word ptr [rcx + 2]
    mov word ptr [rcx + 2], 0
    jmp skip

=== x87_invalid | exit 7 | An unmasked invalid x87 operation: FPE_FLTINV.
main:
    @install SIGFPE, skip_x87, SA_SIGINFO
    @resume 1f
    mov word ptr [rip + log], 0x37e
    fldcw word ptr [rip + log]
    fldz
    fldz
    fdivp
    fwait
1:  @exit [rip + code]
skip_x87:
    mov rcx, [rdx + UC_FPSTATE]
    mov word ptr [rcx + 2], 0
    jmp skip

=== sse_divide | exit 3 | An unmasked SSE division by zero: SIGFPE, FPE_FLTDIV, at the instruction.
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov dword ptr [rip + log], 0x1d80
    ldmxcsr dword ptr [rip + log]
    mov eax, 0x3f800000
    movd xmm0, eax
    xorps xmm1, xmm1
    divss xmm0, xmm1
1:  @exit [rip + code]

=== sse_invalid | exit 7 | An unmasked invalid SSE operation: FPE_FLTINV.
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov dword ptr [rip + log], 0x1f00
    ldmxcsr dword ptr [rip + log]
    xorps xmm0, xmm0
    xorps xmm1, xmm1
    divss xmm0, xmm1
1:  @exit [rip + code]

=== sse_overflow | exit 4 | An unmasked SSE overflow: FPE_FLTOVF.
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov dword ptr [rip + log], 0x1b80
    ldmxcsr dword ptr [rip + log]
    mov eax, 0x7f000000
    movd xmm0, eax
    mulss xmm0, xmm0
1:  @exit [rip + code]

=== sse_inexact | exit 6 | An unmasked inexact SSE result: FPE_FLTRES.
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov dword ptr [rip + log], 0x0f80
    ldmxcsr dword ptr [rip + log]
    mov eax, 0x3f800000
    movd xmm0, eax
    mov eax, 0x40400000
    movd xmm1, eax
    divss xmm0, xmm1
1:  @exit [rip + code]

=== mxcsr_reserved | exit 128 | Reserved bits in MXCSR are a protection fault.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov dword ptr [rip + log], 0x10000
    ldmxcsr dword ptr [rip + log]
1:  @exit [rip + code]

=== movaps_misaligned | exit 128 | An aligned SSE load from a misaligned address is a protection fault.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    lea rbx, [rip + spare + 8]
    movaps xmm0, [rbx]
1:  @exit [rip + code]

=== blocked_fault | dumped SIGSEGV | A fault whose signal is blocked kills, handler or not.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGSEGV
    mov rax, [0xf1]
    ret

=== ignored_fault | dumped SIGSEGV | A fault whose signal is ignored kills.
main:
    @install SIGSEGV, SIG_IGN, 0
    mov rax, [0xf1]
    ret

=== blocked_divide | dumped SIGFPE | So it is with SIGFPE,
main:
    @install SIGFPE, skip, SA_SIGINFO
    @mask SIG_BLOCK, -1
    xor ecx, ecx
    div ecx
    ret

=== ignored_undefined | dumped SIGILL | with SIGILL,
main:
    @install SIGILL, SIG_IGN, 0
    ud2
    ret

=== ignored_breakpoint | dumped SIGTRAP coarse | and with SIGTRAP.
main:
    @install SIGTRAP, SIG_IGN, 0
    int3
    ret

=== fault_in_handler | dumped SIGSEGV | A second fault in the handler for the first kills.
main:
    @install SIGSEGV, handler, SA_SIGINFO
    mov rax, [0xf1]
    ret
handler:
    inc dword ptr [rip + count]
    mov rax, [0xf2]
    ret

=== fault_in_handler_nodefer | exit 2 | With SA_NODEFER the second fault is caught as well.
main:
    @install SIGSEGV, handler, SA_SIGINFO | SA_NODEFER
    @resume 1f
    mov rax, [0xf1]
1:  @exit [rip + count]
handler:
    cmp dword ptr [rip + count], 1
    je skip
    inc dword ptr [rip + count]
    mov rax, [0xf2]

=== other_fault_in_handler | exit 2 | A handler may cause a fault with another signal.
main:
    @install SIGSEGV, handler, SA_SIGINFO
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov rax, [0xf1]
2:  @exit [rip + count]
handler:
    xor ecx, ecx
    div ecx
1:  inc dword ptr [rip + count]
    lea rax, [rip + 2b]
    mov [rdx + UC_RIP], rax
    ret

=== repeated_fault | exit 5 | A handler that changes nothing is called again for the same instruction.
main:
    @install SIGSEGV, handler, SA_SIGINFO
    mov rax, [0xf1]
1:  @exit [rip + count]
handler:
    inc dword ptr [rip + count]
    cmp dword ptr [rip + count], 5
    jb 2f
    lea rax, [rip + 1b]
    mov [rdx + UC_RIP], rax
2:  ret

=== recursion | dumped SIGSEGV | A handler that faults for ever with SA_NODEFER ends when its stack does.
main:
    mov rsp, 0x400000
    lea rdi, [rip + spare]
    lea rsp, [rdi + 0x2000]
    @install SIGSEGV, handler, SA_SIGINFO | SA_NODEFER
    lea rdi, [rip + self]
    and rdi, -4096
    lea rsp, [rdi + 0x3000]
    mov rax, [0xf1]
handler:
    mov rax, [0xf1]

=== syscall_efault | exit 14 | A bad pointer in a system call is EFAULT and no signal.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @sys write, 1, 0xf1, 10
    neg eax
    ret

=== guard_page | exit 2 | A page without access at the end of a stack: SEGV_ACCERR at the guard.
main:
    @altstack 0
    @install SIGSEGV, skip, SA_SIGINFO | SA_ONSTACK
    @sys mprotect, &spare, 0x1000, PROT_NONE
    @resume 1f
    lea rsp, [rip + spare + 0x1010]
    push rax
    push rax
    push rax
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]

=== unmapped_page | exit 1 | A page given back with munmap: SEGV_MAPERR.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @sys munmap, &spare, 0x1000
    @resume 1f
    mov rax, [rip + spare]
1:  @exit [rip + code]

=== read_only_page | exit 7 | A page made read-only can be read and not written.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    mov dword ptr [rip + spare], 5
    @sys mprotect, &spare, 0x1000, PROT_READ
    @resume 1f
    mov eax, [rip + spare]
    mov [rip + spare + 0x800], eax
1:  mov eax, [rip + code]
    add eax, [rip + spare]
    @exit rax

=== mended_page | exit 9 | A handler that makes the page accessible lets the instruction succeed.
main:
    @install SIGSEGV, handler, SA_SIGINFO
    @sys mprotect, &spare, 0x1000, PROT_NONE
    mov dword ptr [rip + spare], 9
    mov eax, [rip + spare]
    @exit rax
handler:
    @sys mprotect, &spare, 0x1000, PROT_READ | PROT_WRITE
    ret

=== frame_in_guard | exit 128 | A frame that runs into a page without access: SIGSEGV, SI_KERNEL, on the alternate stack.
main:
    @altstack 0
    @install SIGSEGV, skip, SA_SIGINFO | SA_ONSTACK
    @install SIGUSR1, count_signal, 0
    @sys mprotect, &spare, 0x1000, PROT_NONE
    @resume 1f
    lea rsp, [rip + spare + 0x1200]
    @raise SIGUSR1
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]
