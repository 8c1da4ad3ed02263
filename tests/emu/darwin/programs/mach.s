; Mach traps: ports and semaphores, messages to the task.

=== task_self | exit 0 | task_self_trap names the task's port, always by one name. | osfmk/kern/ipc_tt.c:task_self_trap
main:
    @sys task_self_trap
    mov ebx, eax
    test eax, eax
    jz 1f
    @sys task_self_trap
    @check eax, ebx
    xor eax, eax
    ret
1:  call failed

=== thread_self | exit 0 | thread_self_trap names the thread's port, which is another. | osfmk/kern/ipc_tt.c:thread_self_trap
main:
    @sys task_self_trap
    mov ebx, eax
    @sys thread_self_trap
    cmp eax, ebx
    je 1f
    mov ebx, eax
    @sys thread_self_trap
    @check eax, ebx
    xor eax, eax
    ret
1:  call failed

=== reply_port | exit 0 | mach_reply_port makes a port with each call. | osfmk/kern/ipc_tt.c:mach_reply_port
main:
    @sys mach_reply_port
    mov ebx, eax
    @sys mach_reply_port
    cmp eax, ebx
    je 1f
    xor eax, eax
    ret
1:  call failed

=== semaphore_counts | exit 0 | A semaphore that was signalled twice lets two waits pass, and no third. | osfmk/kern/sync_sema.c:semaphore_wait_trap
main:
    call semaphore
    mov ebx, eax
    @sys semaphore_signal_trap, rbx
    @check eax, KERN_SUCCESS
    @sys semaphore_signal_trap, rbx
    @sys semaphore_wait_trap, rbx
    @check eax, KERN_SUCCESS
    @sys semaphore_wait_trap, rbx
    @check eax, KERN_SUCCESS
    @sys semaphore_timedwait_trap, rbx, 0, 1000
    @check eax, KERN_OPERATION_TIMED_OUT
    xor eax, eax
    ret

=== semaphore_sleeps | sleeps for ever | A wait for what nobody signals doesn't end. | osfmk/kern/sync_sema.c:semaphore_wait_trap
main:
    call semaphore
    mov ebx, eax
    @sys semaphore_wait_trap, rbx
    ret

=== semaphore_timedwait | exit 0 | A timed wait takes seconds and nanoseconds, and is over when they are. | osfmk/kern/sync_sema.c:semaphore_timedwait_trap
main:
    call semaphore
    mov ebx, eax
    call start_clock
    @sys semaphore_timedwait_trap, rbx, 3, 0
    @check eax, KERN_OPERATION_TIMED_OUT
    call elapsed
    @check rax, 3
    @sys semaphore_timedwait_trap, rbx, 0, 1000000000
    @check eax, KERN_INVALID_VALUE
    xor eax, eax
    ret

=== semaphore_signal_all_empty | exit 0 | semaphore_signal_all without a waiter leaves nothing for the next one. | osfmk/kern/sync_sema.c:semaphore_signal_all_trap
main:
    call semaphore
    mov ebx, eax
    @sys semaphore_signal_all_trap, rbx
    @check eax, KERN_SUCCESS
    @sys semaphore_timedwait_trap, rbx, 0, 1
    @check eax, KERN_OPERATION_TIMED_OUT
    xor eax, eax
    ret

=== semaphore_aborted | exit 1 | A signal ends a wait with KERN_ABORTED: no errno, no carry flag, no restart though SA_RESTART is set. | osfmk/kern/sync_sema.c:semaphore_convert_wait_result
main:
    call semaphore
    mov ebx, eax
    @install SIGALRM, count_signal, SA_RESTART
    @arm 1000
    clc
    @sys semaphore_wait_trap, rbx
    @clear
    @check rax, KERN_ABORTED
    mov eax, [rip + count]
    ret

=== semaphore_signalled_in_handler | exit 1 | A wait that a handler both interrupts and signals: KERN_ABORTED comes first, the next wait passes. | osfmk/kern/sync_sema.c:semaphore_wait_trap
main:
    call semaphore
    mov ebx, eax
    @install SIGALRM, handler, 0
    @arm 1000
    @sys semaphore_wait_trap, rbx
    @check rax, KERN_ABORTED
    @sys semaphore_wait_trap, rbx
    @check rax, KERN_SUCCESS
    mov eax, [rip + count]
    ret
handler:
    @sys semaphore_signal_trap, rbx
    jmp count_signal

=== semaphore_wait_signal | exit 0 | semaphore_wait_signal waits on one semaphore and signals another. | osfmk/kern/sync_sema.c:semaphore_wait_signal_trap
main:
    call semaphore
    mov ebx, eax
    call semaphore
    mov r12d, eax
    @sys semaphore_signal_trap, rbx
    @sys semaphore_wait_signal_trap, rbx, r12
    @check eax, KERN_SUCCESS
    @sys semaphore_timedwait_trap, rbx, 0, 0
    @check eax, KERN_OPERATION_TIMED_OUT
    @sys semaphore_timedwait_trap, r12, 0, 0
    @check eax, KERN_SUCCESS
    @sys semaphore_timedwait_signal_trap, rbx, r12, 0, 1000
    @check eax, KERN_OPERATION_TIMED_OUT
    @sys semaphore_timedwait_trap, r12, 0, 0
    @check eax, KERN_SUCCESS
    xor eax, eax
    ret

=== semaphore_no_name | exit 0 | A name of nothing is KERN_INVALID_NAME. | osfmk/kern/sync_sema.c:semaphore_signal_trap
main:
    @sys semaphore_signal_trap, 0xbad
    @check rax, KERN_INVALID_NAME
    @sys semaphore_wait_trap, 0xbad
    @check rax, KERN_INVALID_NAME
    @sys semaphore_signal_all_trap, 0xbad
    @check rax, KERN_INVALID_NAME
    xor eax, eax
    ret

=== semaphore_wrong_port | exit 0 | A port that is no semaphore is KERN_INVALID_ARGUMENT. | osfmk/kern/sync_sema.c:semaphore_signal_trap
main:
    @sys task_self_trap
    mov ebx, eax
    @sys semaphore_signal_trap, rbx
    @check rax, KERN_INVALID_ARGUMENT
    xor eax, eax
    ret

=== semaphore_destroyed | exit 0 | After semaphore_destroy, by a message with its port, it is no semaphore any more. | osfmk/kern/sync_sema.c:semaphore_destroy
main:
    call semaphore
    mov ebx, eax
    @sys mach_reply_port
    mov r12d, eax
    @sys task_self_trap
    lea rdi, [rip + message]
    mov dword ptr [rdi], 0x80001513     ; complex, COPY_SEND, MAKE_SEND_ONCE
    mov dword ptr [rdi + 4], 40
    mov [rdi + 8], eax
    mov [rdi + 12], r12d
    mov dword ptr [rdi + 16], 0
    mov dword ptr [rdi + 20], 3419      ; semaphore_destroy
    mov dword ptr [rdi + 24], 1         ; one descriptor: the semaphore
    mov [rdi + 28], ebx
    mov dword ptr [rdi + 32], 0
    mov dword ptr [rdi + 36], 0x110000  ; MOVE_SEND, a port
    push 0
    push 0
    @sys mach_msg_trap, rdi, 3, 40, 64, r12, 0
    add rsp, 16
    @check rax, KERN_SUCCESS
    @check dword ptr [rip + message + 20], 3519
    @check dword ptr [rip + message + 32], KERN_SUCCESS
    @sys semaphore_signal_trap, rbx
    cmp eax, KERN_SUCCESS
    je 1f
    xor eax, eax
    ret
1:  call failed

=== receive_timed_out | exit 0 | Receiving from an empty port with MACH_RCV_TIMEOUT ends with MACH_RCV_TIMED_OUT. | osfmk/ipc/mach_msg.c:mach_msg_trap
main:
    @sys mach_reply_port
    mov ebx, eax
    push 0
    push 0
    @sys mach_msg_trap, &message, 0x102, 0, 64, rbx, 5
    add rsp, 16
    @check eax, MACH_RCV_TIMED_OUT
    xor eax, eax
    ret

=== receive_without_right | exit 0 | Receiving from what is no receive right is MACH_RCV_INVALID_NAME. | osfmk/ipc/mach_msg.c:mach_msg_trap
main:
    push 0
    push 0
    @sys mach_msg_trap, &message, 2, 0, 64, 0xbad, 0
    add rsp, 16
    @check eax, MACH_RCV_INVALID_NAME
    xor eax, eax
    ret

=== send_to_nobody | exit 0 | Sending to a name of nothing is MACH_SEND_INVALID_DEST. | osfmk/ipc/mach_msg.c:mach_msg_trap
main:
    lea rdi, [rip + message]
    mov dword ptr [rdi], 0x13
    mov dword ptr [rdi + 4], 24
    mov dword ptr [rdi + 8], 0xbad
    push 0
    push 0
    @sys mach_msg_trap, rdi, 1, 24, 0, 0, 0
    add rsp, 16
    @check eax, MACH_SEND_INVALID_DEST
    xor eax, eax
    ret

=== message_to_oneself | exit 0 | A message to a port of one's own arrives there, with its id. | osfmk/ipc/mach_msg.c:mach_msg_trap
main:
    @sys mach_reply_port
    mov ebx, eax
    lea rdi, [rip + message]
    mov dword ptr [rdi], 0x14           ; MAKE_SEND
    mov dword ptr [rdi + 4], 28
    mov [rdi + 8], ebx
    mov qword ptr [rdi + 12], 0
    mov dword ptr [rdi + 20], 77
    mov dword ptr [rdi + 24], 1234
    push 0
    push 0
    @sys mach_msg_trap, rdi, 1, 28, 0, 0, 0
    @check eax, 0
    mov qword ptr [rip + message + 20], 0
    @sys mach_msg_trap, &message, 2, 0, 64, rbx, 0
    add rsp, 16
    @check eax, 0
    @check dword ptr [rip + message + 4], 28
    @check dword ptr [rip + message + 20], 77
    @check dword ptr [rip + message + 24], 1234
    xor eax, eax
    ret
