; What a call answers with, and which call a number is.

=== error_by_carry | exit 0 | An error is the carry flag and a positive errno in RAX; RDX keeps its value. | bsd/dev/i386/systemcalls.c:unix_syscall64
main:
    mov rdx, 0x1122334455667788
    clc
    @sys close, 99
    @carry
    @check rax, EBADF
    mov rcx, 0x1122334455667788
    @check rdx, rcx
    xor eax, eax
    ret

=== success_clears_carry | exit 0 | Success clears the carry flag, and RDX too if there is one result. | bsd/dev/i386/systemcalls.c:unix_syscall64
main:
    mov rdx, -1
    stc
    @sys getpid
    @clear
    @check rax, [rip + self]
    @check rdx, 0
    xor eax, eax
    ret

=== other_flags_stay | exit 0 | The other flags come back as they were. | bsd/dev/i386/systemcalls.c:unix_syscall64
main:
    push 0xcd7
    popfq
    mov eax, SYS_getpid
    syscall
    pushfq
    pop rbx
    cld
    and ebx, 0xcd5
    @check ebx, 0xcd4
    xor eax, eax
    ret

=== pipe_in_two_registers | exit 0 | pipe has two results, in RAX and RDX, and takes no address. | bsd/kern/sys_pipe.c:pipe
main:
    @sys pipe, 0x10
    @answers 3
    @check rdx, 4
    mov byte ptr [rip + word], 7
    @sys write, 4, &word, 1
    @answers 1
    @sys read, 3, &spare, 1
    @answers 1
    @check byte ptr [rip + spare], 7
    xor eax, eax
    ret

=== broken_pipe | killed SIGPIPE | Writing to a pipe that nobody reads sends SIGPIPE. | bsd/kern/sys_generic.c:write
main:
    @sys pipe
    mov ebx, edx
    @sys close, rax
    @answers 0
    @sys write, rbx, &word, 1
    @exit 0

=== broken_pipe_ignored | exit 0 | With that ignored there is only EPIPE. | bsd/kern/sys_generic.c:write
main:
    @install SIGPIPE, SIG_IGN, 0
    @sys pipe
    mov ebx, edx
    @sys close, rax
    @sys write, rbx, &word, 1
    @fails EPIPE
    xor eax, eax
    ret

=== end_of_pipe | exit 0 | Reading from one that nobody writes to any more answers 0. | bsd/kern/sys_pipe.c:pipe_read
main:
    @sys pipe
    mov ebx, eax
    @sys close, rdx
    @sys read, rbx, &spare, 1
    @answers 0
    ret

=== largest_count | exit 0 | read and write take no more than an int's worth: EINVAL beyond, after the descriptor was looked at. | bsd/kern/sys_generic.c:read
main:
    @sys pipe
    @sys write, 4, &word, 8
    @answers 8
    @sys read, 3, &spare, 0x80000000
    @fails EINVAL
    @sys write, 4, &spare, 0x80000000
    @fails EINVAL
    @sys read, 99, &spare, 0x80000000
    @fails EBADF
    @sys read, 3, &spare, 0x7fffffff
    @answers 8
    xor eax, eax
    ret

=== rcx_and_r11 | exit 0 | The kernel returns by SYSRET: the address behind SYSCALL is in RCX, and the flags, with the result's carry, in R11. | osfmk/x86_64/idt64.s:hi64_syscall
main:
    xor ecx, ecx
    xor r11d, r11d
    stc
    @sys getpid
behind:
    pushfq
    pop rbx
    lea rax, [rip + behind]
    @check rcx, rax
    @check r11, rbx
    mov edi, 99
    mov eax, SYS_close
    clc
    syscall
    pushfq
    pop rbx
    @check r11, rbx
    and ebx, CF
    @check ebx, CF
    xor eax, eax
    ret

=== rcx_after_a_handler | exit 1 | After a handler it is IRET: RCX has what the frame has, which for a system call is RSP. | osfmk/x86_64/idt64.s:hi64_syscall
main:
    @install SIGUSR1, count_signal, 0
    @sys kill, [rip + self], SIGUSR1, 1
    @check rcx, rsp
    mov eax, [rip + count]
    ret

=== r11_after_a_handler | exit 0 | So it is with R11: in the frame, and back from the handler, the flags are those from before the call. | osfmk/x86_64/idt64.s:hi64_syscall
main:
    @tramp noted_tramp
    @install SIGUSR1, handler, SA_SIGINFO
    mov rdi, [rip + self]
    mov esi, SIGUSR1
    mov edx, 1
    mov eax, SYS_kill
    stc
    pushfq
    pop rbx
    syscall
    @clear
    @check r11, rbx
    @check [rip + entry_r11], rbx
    @mask SIG_SETMASK, M_SIGUSR1
    @raise SIGUSR1
    xor edi, edi
    mov eax, SYS_sigsuspend
    clc
    pushfq
    pop rbx
    syscall
    @fails EINTR
    @check r11, rbx
    mov eax, [rip + count]
    sub eax, 2
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check [rdx + MC_R11], rbx
    jmp count_signal

=== others_kept | exit 0 | All other registers come back as they were: the arguments too. | bsd/dev/i386/systemcalls.c:unix_syscall64
main:
    push rbx
    push rbp
    mov edi, 99
    mov esi, 6
    mov r10d, 10
    mov r8d, 8
    mov r9d, 9
    mov ebx, 2
    mov ebp, 7
    mov r12d, 12
    mov r13d, 13
    mov r14d, 14
    mov r15d, 15
    mov eax, SYS_close
    syscall
    @check rdi, 99
    @check rsi, 6
    @check r10, 10
    @check r8, 8
    @check r9, 9
    @check rbx, 2
    @check rbp, 7
    @check r12, 12
    @check r13, 13
    @check r14, 14
    @check r15, 15
    pop rbp
    pop rbx
    xor eax, eax
    ret

=== eax_alone | exit 0 | Only EAX is looked at: the upper half of RAX doesn't count. | osfmk/x86_64/idt64.s:hi64_syscall
main:
    mov rax, 0x700000000 + SYS_getpid
    syscall
    @answers [rip + self]
    xor eax, eax
    ret

=== indirect | exit 0 | BSD call 0 takes the number from RDI, and the arguments from one register later. | bsd/dev/i386/systemcalls.c:unix_syscall64
main:
    @sys syscall, 20
    @answers [rip + self]
    mov byte ptr [rip + word], 7
    @sys syscall, 4, 99, &word, 1
    @fails EBADF
    @sys syscall, 6, 2
    @answers 0
    ret

=== unknown_number | dumped SIGSYS | A BSD number that nobody has is SIGSYS. | bsd/kern/subr_xxx.c:nosys
main:
    mov eax, CLASS_UNIX + 0xffff
    syscall
    @exit 0

=== unknown_number_handled | exit 1 | A handler finds ENOSYS and the carry flag in its frame, and the program goes on with them. | bsd/kern/subr_xxx.c:nosys
main:
    @install SIGSYS, handler, SA_SIGINFO
    mov eax, CLASS_UNIX + 0xffff
    clc
    syscall
    @fails ENOSYS
    mov eax, [rip + count]
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check qword ptr [rdx + MC_RAX], ENOSYS
    test qword ptr [rdx + MC_RFLAGS], CF
    jnz count_signal
    ret

=== unknown_number_ignored | exit 0 | With SIGSYS ignored there is only ENOSYS. | bsd/kern/subr_xxx.c:nosys
main:
    @install SIGSYS, SIG_IGN, 0
    mov eax, CLASS_UNIX + 0xffff
    syscall
    @fails ENOSYS
    xor eax, eax
    ret

=== unknown_number_blocked | exit 0 | With SIGSYS blocked too, and it is pending. | bsd/kern/subr_xxx.c:nosys
main:
    @mask SIG_SETMASK, M_SIGSYS
    mov eax, CLASS_UNIX + 0xffff
    syscall
    @fails ENOSYS
    @sys sigpending, &word
    @check dword ptr [rip + word], M_SIGSYS
    xor eax, eax
    ret

=== retired_number | dumped SIGSYS | A number that was retired is no better: 8, once creat. | bsd/kern/subr_xxx.c:nosys
main:
    mov eax, CLASS_UNIX + 8
    syscall
    @exit 0

=== no_class | dumped SIGSYS | A number without a class is no call: 20 is not getpid. | osfmk/x86_64/idt64.s:hi64_syscall
main:
    mov eax, 20
    syscall
    @exit 0

=== wrong_class | exit 1 | Nor is one with a class that nobody has; the registers stay as they are. | osfmk/x86_64/idt64.s:hi64_syscall
main:
    @install SIGSYS, count_signal, 0
    mov rdx, 0x1122334455667788
    mov eax, 0x9000014
    stc
    syscall
    @carry
    @check rax, 0x9000014
    mov rax, 0x1122334455667788
    @check rdx, rax
    mov eax, [rip + count]
    ret

=== unknown_trap | dumped SIGSYS | A Mach trap that nobody has is SIGSYS too. | osfmk/i386/bsd_i386.c:mach_call_munger64
main:
    mov eax, CLASS_MACH + 9
    syscall
    @exit 0

=== carry_of_a_trap | exit 0 | A Mach trap leaves the carry flag and RDX alone: both mean nothing. | osfmk/i386/bsd_i386.c:mach_call_munger64
main:
    mov rdx, 0x1122334455667788
    stc
    @sys task_self_trap
    @carry
    clc
    @sys semaphore_signal_trap, 0xbad
    @clear
    @check rax, KERN_INVALID_NAME
    mov rax, 0x1122334455667788
    @check rdx, rax
    xor eax, eax
    ret

=== unknown_machdep | exit 0 | A machine-dependent number that nobody has answers KERN_INVALID_ARGUMENT; no signal comes, and carry flag and RDX stay. | osfmk/i386/bsd_i386.c:machdep_syscall64
main:
    mov rdx, 0x1122334455667788
    stc
    mov eax, CLASS_MACHDEP + 2
    syscall
    @carry
    @check rax, KERN_INVALID_ARGUMENT
    clc
    mov eax, CLASS_MACHDEP + 0xffff
    syscall
    @clear
    @check rax, KERN_INVALID_ARGUMENT
    mov rax, 0x1122334455667788
    @check rdx, rax
    xor eax, eax
    ret

=== own_storage | exit 0 | thread_fast_set_cthread_self64 sets the base of GS, and answers a selector that only 32-bit code needs. | osfmk/i386/bsd_i386.c:thread_fast_set_cthread_self64
main:
    mov qword ptr [rip + word], 0x77
    @sys thread_fast_set_cthread_self64, &word
    @check rax, 0x0f
    @check qword ptr gs:[0], 0x77
    @sys getpid
    @check qword ptr gs:[0], 0x77
    xor eax, eax
    ret

=== write_and_exit | exit 5 | exit takes the lowest byte of its status. | bsd/kern/kern_exit.c:exit
main:
    @sys exit, 0x105
