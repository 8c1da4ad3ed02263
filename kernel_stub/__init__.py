"""What the operating system does: a small kernel for x86-64 guests, in two personalities.

The path of a system call, file by file:

    kernel.py       Kernel.syscall: number -> row -> decoded arguments -> handler -> registers -> signals
    linux/table.py  the rows (darwin/table.py has the other system's)
    posix/*.py      the handlers that both systems share; linux/calls.py and darwin/calls.py their own
    linux/abi.py    how the answer reaches RAX (on Darwin also RDX and the carry flag)

The path of a signal, from its sender to the end of its handler:

    posting.py              post and force: into a queue, or at once the end; what is due, and what time brings
    signals.py              the queues: what is ignored, merged, refused; which one comes next
    kernel.py               Kernel._leave: before user mode goes on, deliver what is pending, restart calls
    delivery.py             what is done about one: nothing, the default, a handler's frame
    linux/faults.py         where a processor exception becomes a signal
    linux/signal_frame.py   the frame on the handler's stack; linux/fpstate.py its x87 and SSE part
    linux/sigreturn.py      the way back
    linux/signal_calls.py   rt_sigaction and its like; posix/signals.py kill and pause, linux/altstack.py sigaltstack

The life of a process:

    posix/fork.py, linux/clone.py, darwin/fork.py   how it comes to be, and what it has from its parent
    process.py              what it is: ids, actions, queues, masks, times, exit status
    scheduler.py            which thread of which process runs; address spaces are switched in `cpu.Memory`
    family.py               its end, and what the parent hears; stopping and going on; groups.py: whom it belongs to
    posix/waiting.py        wait4 and waitid (linux/wait.py, darwin/wait.py)

The path of a file's name, to its bytes:

    linux/file_table.py     the rows of calls on files (darwin/file_table.py)
    linux/paths.py          calls that take a path, from a directory; linux/status.py stat and listings; darwin/files.py
    filesystem/lookup.py    from the path to an inode; filesystem/__init__.py names what the tree is made of
    posix/opening.py        open; posix/names.py mkdir, link, unlink, rename; posix/attributes.py chmod, truncate ...
    posix/files.py          read and write; posix/offsets.py lseek, pread; posix/regular.py what limits a file
    filesystem/open_files.py  the file itself; files.py the descriptor; filesystem/backing.py a file that is mapped

What these are made of:

    cpu.py          Registers (the trapframe), Memory, Fault: all that kernel and machine know of each other
    syscalls.py     Row: one system call; everything else about it follows from the handler's annotations
    kinds.py        argument kinds: a register becomes a C value, and a piece of a trace line
    flags.py        kinds for words made of named bits, and for fcntl; struct_kinds.py: for pointers to structs;
                    path_kinds.py: for paths, permissions, struct stat
    outcomes.py     what a handler may answer besides a value
    personality.py  what differs between systems, as data and a few functions
    state.py        a checkpoint
    layout.py       guest structs, declared once: to write, to read, and to name each byte (linux/structs.py)
    clock.py        virtual time: an instruction is a nanosecond, and sleeping costs none
    address_space.py  a process's memory as regions; paging.py brings in a page when it is first touched
    user.py         guest memory as a handler uses it: what can't be reached is EFAULT
    randomness.py   random bytes that are the same in every run
    files.py        descriptors and open file descriptions; filesystem/: a tree of files in memory
    pipes.py        queues of bytes between two open files
    readiness.py    what a file is ready for, and a sleep until that changes: poll and select
    terminal.py     the terminal behind descriptors 0, 1 and 2; streams.py: opened once for each of them
    events.py       what the kernel reports, and its text; observe.py makes it while a call runs
    processor.py    CPUID and the time-stamp counter, as ring 3 sees them
    clock.py        virtual time: instructions and sleeps; timers.py: each process's three interval timers
    tables.py       the row types of the number tables
    pages.py        a Memory of a few pages, to try all this without a machine

Same names in linux/ and darwin/: personality, table, abi, calls, flags, kinds, structs; for signals altstack,
faults, fpstate, siginfo, signal_calls, signal_frame, sigreturn; for files file_table and file_structs; and the
numbers in errno, signals, constants and syscall_names (Darwin also has mach_traps and machdep, and in sending.py its
own way of sending a signal).

To add a system call: write an annotated handler, give it a row, and test it in a file of its own.
"""
