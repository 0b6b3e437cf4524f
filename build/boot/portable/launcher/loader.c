/* The bundled dynamic loader: maps it, and goes to its first instruction, as the kernel would in an exec. */
#include "portable/bundled.h"
#include "portable/launcher/hole.h"
#include "portable/launcher/loader.h"
#include "portable/seeded.h"
#include "shared/list_length.h"
#include "shared/place.h"
#include "shared/report.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int protection_of(const ElfW(Phdr) *segment)
{
    return (segment->p_flags & PF_R ? PROT_READ : 0) | (segment->p_flags & PF_W ? PROT_WRITE : 0) |
           (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

static uintptr_t page_down(uintptr_t address)
{
    return address & ~(uintptr_t)(PAGE - 1);
}

/* As the kernel does (fs/binfmt_elf.c). */
char *loader_map(int fd)
{
    const char *bytes = objects[OBJECT_LOADER].bytes;
    const ElfW(Ehdr) *header = (const void *)bytes;
    const ElfW(Phdr) *segments = (const void *)(bytes + header->e_phoff), *last = NULL;
    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD)
            last = &segments[i];
    char *base = mmap(NULL, last->p_vaddr + last->p_memsz, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool mapped = base != MAP_FAILED;
    for (const ElfW(Phdr) *s = segments; mapped && s <= last; s++) {
        if (s->p_type != PT_LOAD)
            continue;
        uintptr_t start = page_down(s->p_vaddr), file_end = page_down(s->p_vaddr + s->p_filesz + PAGE - 1),
                  end = page_down(s->p_vaddr + s->p_memsz + PAGE - 1);
        mapped = place_map(fd, base + start, file_end - start, (uint64_t)protection_of(s), page_down(s->p_offset)) == 0;
        if (mapped && s->p_memsz > s->p_filesz)
            memset(base + s->p_vaddr + s->p_filesz, 0, file_end - s->p_vaddr - s->p_filesz);
        if (mapped && end > file_end)
            mapped = mprotect(base + file_end, end - file_end, protection_of(s)) == 0;
    }
    if (!mapped)
        cannot_start("not enough memory to start");
    return base;
}

/* Restartable sequences are registered once for each thread: the other libc does it anew. */
static void unregister_rseq(void)
{
    if (__rseq_size)
        syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

const ElfW(auxv_t) *loader_given_by_kernel(void)
{
    char **environment = BUNDLED->argv + BUNDLED->argc + 1; /* that the kernel made: ours is a copy */
    char **end = environment + list_length(environment);
    while (!*end) /* more than one where a variable was taken away */
        end++;
    return (void *)end;
}

static size_t auxiliary_count(void)
{
    size_t count = 0;
    while (loader_given_by_kernel()[count++].a_type != AT_NULL)
        ;
    return count;
}

__attribute__((noreturn)) static void jump(void *stack, uintptr_t entry)
{
    unregister_rseq();
    __asm__ volatile("mov %0, %%rsp\n\txor %%edx, %%edx\n\txor %%ebp, %%ebp\n\tjmp *%1" : : "r"(stack), "r"(entry));
    __builtin_unreachable();
}

/* Bytes of the stack that a program starts with (System V ABI). */
static size_t stack_length(char **argv, char **environment)
{
    size_t pointers = 1 + list_length(argv) + 1 + list_length(environment) + 1;
    return pointers * sizeof(char *) + auxiliary_count() * sizeof(ElfW(auxv_t));
}

/* Fills it; the auxiliary vector in it. */
static ElfW(auxv_t) *fill_stack(uintptr_t *stack, char *base, char **argv, char **environment)
{
    const ElfW(Ehdr) *header = (const void *)base;
    size_t argument_count = list_length(argv), variable_count = list_length(environment);
    *stack++ = argument_count;
    memcpy(stack, argv, (argument_count + 1) * sizeof *argv);
    memcpy(stack + argument_count + 1, environment, (variable_count + 1) * sizeof *environment);
    ElfW(auxv_t) *auxiliary = (void *)(stack + argument_count + 1 + variable_count + 1);
    memcpy(auxiliary, loader_given_by_kernel(), auxiliary_count() * sizeof *auxiliary);
    for (ElfW(auxv_t) *entry = auxiliary; entry->a_type != AT_NULL; entry++)
        switch (entry->a_type) {
        case AT_PHDR: entry->a_un.a_val = (uintptr_t)base + header->e_phoff; break;
        case AT_PHNUM: entry->a_un.a_val = header->e_phnum; break;
        case AT_ENTRY: entry->a_un.a_val = (uintptr_t)base + header->e_entry; break;
        }
    return auxiliary;
}

static uintptr_t *aligned(uintptr_t address)
{
    return (void *)(address & ~(uintptr_t)63);
}

void loader_enter(char *base, char **argv)
{
    char *environment[list_length(environ) + 1], **next = environment;
    for (char **each = environ; *each; each++)
        if (strncmp(*each, "LD_", 3)) /* would make it look at the machine's libraries; the program gets them back */
            *next++ = *each;
    *next = NULL;
    uintptr_t *stack = aligned((uintptr_t)__builtin_alloca(stack_length(argv, environment) + 64) + 63);
    fill_stack(stack, base, argv, environment);
    jump(stack, (uintptr_t)base + ((const ElfW(Ehdr) *)base)->e_entry);
}

/* ---- build time: all that the loader is given lies in the hole, and is the same each time ---- */

static char *pushed(char **top, const char *text, size_t length)
{
    return memcpy(*top -= length, text, length);
}

void loader_enter_hole(char *base, char **argv)
{
    /* nothing is bound later, by code that saves as many registers as this processor has; no restartable sequences, which
     * a run may not be able to register: libc would end it at its first thread; no stacks are kept of threads that have
     * ended, with whatever they had on them */
    static char *const settings[] = {
        "LD_BIND_NOW=1", "GLIBC_TUNABLES=glibc.pthread.rseq=0:glibc.pthread.stack_cache_size=0",
    };
    enum { SETTINGS = sizeof settings / sizeof *settings };
    char *top = hole_stack(), *environment[SETTINGS + 1] = {NULL};
    /* libc makes its pointer guard of them, which runs keep, and its canary, which they draw anew; no library draws these two */
    uint64_t random[] = {seeded(BUNDLED->seed, UINT64_MAX), seeded(BUNDLED->seed, UINT64_MAX - 1)};
    char *random_place = pushed(&top, (const char *)random, sizeof random);
    char *own_args[list_length(argv) + 1];
    own_args[list_length(argv)] = NULL;
    for (size_t i = 0; argv[i]; i++)
        own_args[i] = pushed(&top, argv[i], strlen(argv[i]) + 1);
    for (size_t i = 0; i < SETTINGS; i++)
        environment[i] = pushed(&top, settings[i], strlen(settings[i]) + 1);
    uintptr_t *stack = aligned((uintptr_t)top - stack_length(own_args, environment));
    for (ElfW(auxv_t) *entry = fill_stack(stack, base, own_args, environment); entry->a_type != AT_NULL; entry++)
        switch (entry->a_type) {
        case AT_RANDOM: entry->a_un.a_val = (uintptr_t)random_place; break;
        case AT_EXECFN: case AT_PLATFORM: entry->a_un.a_val = (uintptr_t)own_args[0]; break;
        case AT_UID: case AT_EUID: case AT_GID: case AT_EGID: entry->a_un.a_val = 0; break;
        case AT_SYSINFO_EHDR: entry->a_type = AT_IGNORE; entry->a_un.a_val = 0; break; /* each kernel has its own: vdso.c */
        }
    jump(stack, (uintptr_t)base + ((const ElfW(Ehdr) *)base)->e_entry);
}
