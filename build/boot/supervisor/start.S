/* The entry point of the file: hold back every signal that has no fault as its cause, then start C.
 * A signal that arrives while libc still sets itself up would end the process with nothing announced;
 * held back, it waits for the supervisor. Register rdx belongs to the ABI and is kept.
 * And make the pages that every process writes writable at once (build/link/linker_script.py), which takes half the time
 * of a fault for each. From source there are no such symbols, and older kernels no such call: then nothing happens. */
        .globl  fn_start
        .weak   __process_start, __process_end
        .type   fn_start, @function
        .text
fn_start:
        mov     %rdx, %r8
        mov     $14, %eax               /* rt_sigprocmask */
        mov     $2, %edi                /* SIG_SETMASK */
        lea     held(%rip), %rsi
        xor     %edx, %edx
        mov     $8, %r10d
        syscall
        mov     $28, %eax               /* madvise */
        mov     $__process_start, %rdi
        mov     $__process_end, %rsi
        sub     %rdi, %rsi
        mov     $23, %edx               /* MADV_POPULATE_WRITE */
        syscall
        mov     %r8, %rdx
        jmp     _start
        .size   fn_start, . - fn_start

        .section .rodata
        .align  8
held:   /* all but SIGILL 4, SIGTRAP 5, SIGABRT 6, SIGBUS 7, SIGFPE 8, SIGSEGV 11 and SIGSYS 31 */
        .quad   ~((1<<3)|(1<<4)|(1<<5)|(1<<6)|(1<<7)|(1<<10)|(1<<30))

        .section .note.GNU-stack,"",@progbits
