/* Work with what clients have sent is done apart from all else: on a stack of its own, which functions do not inherit, and
 * with nothing left in a register. Zeroing the stack before a fork would not do: the frames of whoever forks, and the gaps
 * in them, hold what earlier calls have left there. Nothing is forked while one is apart. */
#include "hosts/apart.h"

#include <cpuid.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum { STACK = 256 * 1024, GUARD = 4096 };
enum { STATE_X87 = 1, STATE_SSE = 2, STATE_AVX = 4, STATE_AVX512 = 0xe0 }; /* of XSAVE */
enum { STATES = 4096 }; /* bytes: more than all of these take; XRSTOR may look at each, whatever it restores */

static char *stack;
static uint32_t vector_states; /* 0: this processor, or its kernel, has no XRSTOR */

bool apart_open(void)
{
    uint32_t a, b, c = 0, d, high;
    if (__get_cpuid(1, &a, &b, &c, &d) && c & bit_OSXSAVE) {
        __asm__("xgetbv" : "=a"(vector_states), "=d"(high) : "c"(0));
        vector_states &= STATE_X87 | STATE_SSE | STATE_AVX | STATE_AVX512;
    }
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    return stack != MAP_FAILED && mprotect(stack, GUARD, PROT_NONE) == 0 && madvise(stack, STACK, MADV_DONTFORK) == 0;
}

/* As they are when a process begins. What is wider than 16 bytes no VZEROALL reaches in all of the registers. */
static void zero_vectors(void)
{
    struct {
        uint16_t control;
        char unused[22];
        uint32_t vector_control;
        char rest[STATES - 28]; /* a header of zeros says that no state is in it: all of them begin anew */
    } __attribute__((aligned(64))) image = {.control = 0x37f, .vector_control = 0x1f80};
    if (vector_states)
        __asm__ volatile("xrstor %0" ::"m"(image), "a"(vector_states), "d"(0) : "memory");
    else
        __asm__ volatile("fxrstor %0" ::"m"(image) : "memory");
}

/* What a call may leave in registers is zeroed; the others are as before the call. */
void apart(void (*work)(void))
{
    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "movq %[top], %%rsp\n\t"
                     "callq *%[work]\n\t"
                     "movq %%rbx, %%rsp\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "xorl %%ecx, %%ecx\n\t"
                     "xorl %%edx, %%edx\n\t"
                     "xorl %%esi, %%esi\n\t"
                     "xorl %%edi, %%edi\n\t"
                     "xorl %%r8d, %%r8d\n\t"
                     "xorl %%r9d, %%r9d\n\t"
                     "xorl %%r10d, %%r10d\n\t"
                     "xorl %%r11d, %%r11d"
                     :
                     : [top] "r"(stack + STACK), [work] "r"(work)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2",
                       "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                       "xmm15");
    zero_vectors();
}
