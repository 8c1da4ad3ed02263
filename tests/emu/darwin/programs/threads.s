; Threads: bsdthread_register, bsdthread_create, bsdthread_terminate, and signals to one of several.

=== thread_entry | exit 0 | A thread starts at the registered function: RDI pthread, RSI its port, RDX func, RCX arg, R8 stack, R9 flags. | bsd/kern/pthread_synch.c:bsdthread_create
main:
    call semaphore
    mov r12d, eax
    @sys bsdthread_register, &start, 0, 0
    @answers 0
    lea rdx, [rip + spare_end]
    @sys bsdthread_create, 0x111, 0x222, rdx, 0x333, 0x444
    @answers 0x333
    mov [rip + word], r12
    @sys semaphore_wait_trap, r12
    @check eax, KERN_SUCCESS
    @sys thread_self_trap
    cmp eax, [rip + log]
    je 1f
    xor eax, eax
    ret
1:  call failed
start:
    @check rdi, 0x333
    @check rdx, 0x111
    @check rcx, 0x222
    lea rax, [rip + spare_end]
    @check r8, rax
    @check r9, 0x444
    sub rax, 128
    @check rsp, rax
    mov ebx, esi
    @sys thread_self_trap
    @check eax, ebx
    call note
    @sys semaphore_signal_trap, [rip + word]
    @sys bsdthread_terminate, 0, 0, 0, 0

=== closed_under_select | exit 0 | Who selects on a descriptor that another thread closes gets EBADF, though the descriptor is another file soon. | bsd/kern/kern_descrip.c:fileproc_drain
main:
    @sys pipe
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0, 0
    mov qword ptr [rip + word], 1 << 3
    @sys select, 5, &word, 0, 0, 0
    @fails EBADF
    @check qword ptr [rip + word], 1 << 3
    xor eax, eax
    ret
start:
    @sys dup2, 4, 3
    @answers 3
    @sys bsdthread_terminate, 0, 0, 0, 0

=== both_run | exit 0 | Threads share memory and have registers of their own; the creator goes on at once. | bsd/kern/pthread_synch.c:bsdthread_create
main:
    call semaphore
    mov r12d, eax
    mov [rip + word], rax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    mov eax, 1
    call note
    mov ebx, 7
    @sys semaphore_wait_trap, r12
    mov eax, 3
    call note
    @check rbx, 7
    @check qword ptr [rip + log], 1
    @check qword ptr [rip + log + 8], 2
    @check qword ptr [rip + log + 16], 3
    xor eax, eax
    ret
start:
    mov ebx, 9
    mov eax, 2
    call note
    @sys semaphore_signal_trap, [rip + word]
    @sys bsdthread_terminate, 0, 0, 0, 0

=== terminate_signals | exit 0 | bsdthread_terminate signals the semaphore it is given: the way to join. | bsd/kern/pthread_synch.c:bsdthread_terminate
main:
    call semaphore
    mov r12d, eax
    mov [rip + word], rax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_wait_trap, r12
    @check eax, KERN_SUCCESS
    xor eax, eax
    ret
start:
    @sys bsdthread_terminate, 0, 0, 0, [rip + word]

=== terminate_frees | dumped SIGSEGV | It also gives a stack back: its pages are gone. | bsd/kern/pthread_synch.c:bsdthread_terminate
main:
    call semaphore
    mov r12d, eax
    mov [rip + word], rax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_wait_trap, r12
    mov al, [rip + spare]
    ret
start:
    @sys bsdthread_terminate, &spare, 0x2000, 0, [rip + word]

=== first_ends | exit 4 | The first thread may end before the others: the process lives on. | bsd/kern/pthread_synch.c:bsdthread_terminate
main:
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys bsdthread_terminate, 0, 0, 0, 0
    call failed
start:
    @exit 4

=== exit_ends_all | exit 6 | exit ends all threads, also one that never ran. | bsd/kern/kern_exit.c:exit
main:
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @exit 6
start:
    call failed

=== fault_ends_all | dumped SIGSEGV | So does a fault of one. | bsd/kern/kern_sig.c:postsig
main:
    call semaphore
    mov r12d, eax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_wait_trap, r12
    ret
start:
    mov rax, [0]

=== register_size | exit 0 | bsdthread_register refuses a size that no pthread has: EINVAL. | bsd/kern/pthread_synch.c:bsdthread_register
main:
    @sys bsdthread_register, &main, 0, 0x10001
    @fails EINVAL
    @sys bsdthread_register, &main, 0, 0x10000
    @answers 0
    ret

=== thread_ids | exit 0 | thread_selfid tells each thread another id. | bsd/kern/pthread_synch.c:thread_selfid
main:
    call semaphore
    mov r12d, eax
    mov [rip + word], rax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_wait_trap, r12
    @sys thread_selfid
    cmp rax, [rip + log]
    je 1f
    xor eax, eax
    ret
1:  call failed
start:
    @sys thread_selfid
    call note
    @sys bsdthread_terminate, 0, 0, 0, [rip + word]

=== mask_inherited | exit 0 | A thread starts with its creator's mask; what it changes with __pthread_sigmask is its own. | bsd/kern/kern_fork.c:uthread_alloc
main:
    call semaphore
    mov r12d, eax
    mov [rip + word], rax
    @mask SIG_SETMASK, M_SIGHUP
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_wait_trap, r12
    @sys __pthread_sigmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGHUP
    @check dword ptr [rip + log], M_SIGHUP
    xor eax, eax
    ret
start:
    mov dword ptr [rip + newset], M_SIGTERM
    @sys __pthread_sigmask, SIG_BLOCK, &newset, &oldset
    mov eax, [rip + oldset]
    call note
    @sys bsdthread_terminate, 0, 0, 0, [rip + word]

=== sigprocmask_is_for_all | exit 0 | sigprocmask changes the masks of all threads. | bsd/kern/kern_sig.c:sigprocmask
main:
    call semaphore
    mov r12d, eax
    mov [rip + word], rax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_wait_trap, r12
    @sys __pthread_sigmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGTERM
    xor eax, eax
    ret
start:
    mov dword ptr [rip + newset], M_SIGTERM
    @sys sigprocmask, SIG_SETMASK, &newset, 0
    @sys bsdthread_terminate, 0, 0, 0, [rip + word]

=== signal_to_a_thread | exit 0 | __pthread_kill with another thread's port: the handler runs in that thread, and ends its wait. | bsd/kern/kern_sig.c:__pthread_kill
main:
    call semaphore
    mov r12d, eax
    call semaphore
    mov [rip + word], rax
    @install SIGUSR1, handler, 0
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_timedwait_trap, r12, 0, 1000
    @sys __pthread_kill, [rip + times], SIGUSR1
    @answers 0
    @check qword ptr [rip + noted], 0
    @sys semaphore_timedwait_trap, r12, 0, 1000
    @check qword ptr [rip + noted], 2
    mov rax, [rip + times]
    @check [rip + log], rax
    @check qword ptr [rip + log + 8], KERN_ABORTED
    xor eax, eax
    ret
start:
    mov [rip + times], rsi
    @sys semaphore_wait_trap, [rip + word]
    call note
    @sys bsdthread_terminate, 0, 0, 0, 0
handler:
    @sys thread_self_trap
    jmp note

=== signal_to_the_process | exit 0 | A signal to the process goes to the first thread that doesn't block it. | bsd/kern/kern_sig.c:get_signalthread
main:
    call semaphore
    mov r12d, eax
    call semaphore
    mov [rip + word], rax
    @install SIGUSR1, handler, 0
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    mov dword ptr [rip + newset], M_SIGUSR1
    @sys __pthread_sigmask, SIG_BLOCK, &newset, 0
    @raise SIGUSR1
    @sys sigpending, &info
    @check dword ptr [rip + info], 0
    @sys semaphore_timedwait_trap, r12, 0, 1000
    mov rax, [rip + times]
    @check [rip + log], rax
    @check qword ptr [rip + noted], 1
    xor eax, eax
    ret
start:
    mov [rip + times], rsi
    @sys semaphore_wait_trap, [rip + word]
    @sys bsdthread_terminate, 0, 0, 0, 0
handler:
    @sys thread_self_trap
    jmp note

=== altstack_of_a_thread | exit 0 | Each thread has its own alternate stack, and starts without. | bsd/kern/kern_sig.c:sigaltstack
main:
    call semaphore
    mov r12d, eax
    mov [rip + word], rax
    @altstack 0
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    @sys semaphore_wait_trap, r12
    @check qword ptr [rip + log], SS_DISABLE
    xor eax, eax
    ret
start:
    @sys sigaltstack, 0, &oldstack
    mov eax, [rip + oldstack + 16]
    call note
    @sys bsdthread_terminate, 0, 0, 0, [rip + word]

=== signal_all | exit 0 | semaphore_signal_all wakes all that wait. | osfmk/kern/sync_sema.c:semaphore_signal_all_trap
main:
    call semaphore
    mov r12d, eax
    call semaphore
    mov [rip + word], rax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    lea rdx, [rip + spare + 0x1000]
    @sys bsdthread_create, 0, 0, rdx, 0x444, 0
    @sys semaphore_timedwait_trap, r12, 0, 1000
    @check qword ptr [rip + noted], 0
    @sys semaphore_signal_all_trap, [rip + word]
    @sys semaphore_timedwait_trap, r12, 0, 1000
    @check qword ptr [rip + noted], 2
    xor eax, eax
    ret
start:
    mov ebx, edi
    @sys semaphore_wait_trap, [rip + word]
    mov eax, ebx
    call note
    @sys bsdthread_terminate, 0, 0, 0, 0

=== signal_wakes_one | exit 0 | semaphore_signal wakes one of them, the first that came. | osfmk/kern/sync_sema.c:semaphore_signal_trap
main:
    call semaphore
    mov r12d, eax
    call semaphore
    mov [rip + word], rax
    @sys bsdthread_register, &start, 0, 0
    @sys bsdthread_create, 0, 0, &spare_end, 0x333, 0
    lea rdx, [rip + spare + 0x1000]
    @sys bsdthread_create, 0, 0, rdx, 0x444, 0
    @sys semaphore_timedwait_trap, r12, 0, 1000
    @sys semaphore_signal_trap, [rip + word]
    @sys semaphore_timedwait_trap, r12, 0, 1000
    @check qword ptr [rip + noted], 1
    @check qword ptr [rip + log], 0x333
    xor eax, eax
    ret
start:
    mov ebx, edi
    @sys semaphore_wait_trap, [rip + word]
    mov eax, ebx
    call note
    @sys bsdthread_terminate, 0, 0, 0, 0
