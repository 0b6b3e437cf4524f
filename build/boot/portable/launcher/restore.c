/* Restores the snapshot: maps it, gives the thread its identity, and goes on where the process was captured. Follows what a
 * fork gives a child; the stack is the kernel's own. Until the last mapping is there, nothing in the process has changed. */
#include "portable/bundled.h"
#include "portable/launcher/compatibility.h"
#include "portable/launcher/loader.h"
#include "portable/launcher/restore.h"
#include "portable/launcher/vdso.h"
#include "portable/process_snapshot.h"
#include "shared/raw_syscall.h"
#include "shared/report.h"
#include "shared/written_pages.h"
#include "supervisor/template.h"

#include <asm/prctl.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EMBEDDED ((const struct embedded_process *)&embedded_process)

enum { CANARY = 0x28 }; /* from the thread pointer: the psABI's place for the stack guard */

/* ---- mapping ---- */

static bool map_one(const struct mapping *mapping, int fd)
{
    bool in_file = mapping->offset < MAPPING_WIPED;
    int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE | (in_file ? 0 : MAP_ANONYMOUS | MAP_NORESERVE);
    void *wanted = (void *)mapping->address;
    void *got = mmap(wanted, mapping->length, (int)mapping->protection, flags, in_file ? fd : -1, in_file ? (off_t)mapping->offset : 0);
    if (got != wanted && got != MAP_FAILED) { /* Linux before 4.17 takes the address as a wish */
        munmap(got, mapping->length);
        errno = EEXIST;
    }
    return got == wanted && (mapping->offset != MAPPING_WIPED || madvise(wanted, mapping->length, MADV_WIPEONFORK) == 0);
}

static bool map_all(int fd)
{
    for (uint64_t i = 0; i < EMBEDDED->mapping_count; i++) {
        if (map_one(&EMBEDDED->mappings[i], fd))
            continue;
        int reason = errno;
        while (i--)
            munmap((void *)EMBEDDED->mappings[i].address, EMBEDDED->mappings[i].length);
        errno = reason;
        return false;
    }
    return true;
}

static const char *map_file(void)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat about;
    const char *problem = NULL;
    if (fd < 0)
        return errno == EACCES ? "the file may be executed but not read" : "the file cannot open itself: is /proc mounted?";
    if (fstat(fd, &about) < 0 || (uint64_t)about.st_size != EMBEDDED->file_length)
        problem = "the file has been changed since it was built";
    else if (!map_all(fd))
        problem = errno == EEXIST ? "the addresses of the snapshot are in use"
            : errno == ENOMEM     ? "there is not enough memory, or there are not enough addresses, for the snapshot (ulimit -v)"
                                  : "the snapshot cannot be mapped here";
    close(fd);
    return problem;
}

/* ---- the words of the snapshot that are this process's ---- */

static bool points_into_snapshot(uint64_t type)
{
    switch (type) {
    case AT_PHDR: case AT_PHENT: case AT_PHNUM: case AT_BASE: case AT_ENTRY: case AT_PLATFORM: case AT_RANDOM: case AT_IGNORE:
        return true;
    }
    return false;
}

static void renew_auxiliary(void)
{
    ElfW(auxv_t) *saved = (void *)EMBEDDED->process.auxiliary;
    for (; saved->a_type != AT_NULL; saved++) {
        if (saved->a_type == AT_IGNORE) { /* hole.c's: the snapshot knows no vDSO */
            saved->a_type = AT_SYSINFO_EHDR;
            saved->a_un.a_val = 0;
        }
        const ElfW(auxv_t) *own = loader_given_by_kernel();
        for (; own->a_type != AT_NULL && !points_into_snapshot(saved->a_type); own++)
            if (own->a_type == saved->a_type)
                saved->a_un.a_val = own->a_un.a_val;
    }
}

static void set_kernel_words(void)
{
    for (unsigned i = 0; i < KERNEL_WORDS_MAX && EMBEDDED->kernel_words[i].address; i++)
        *(uint64_t *)EMBEDDED->kernel_words[i].address = vdso_function(EMBEDDED->kernel_words[i].name);
    renew_auxiliary();
    memcpy((void *)EMBEDDED->process.random, (void *)getauxval(AT_RANDOM), 16);
    *(uint64_t *)EMBEDDED->process.stack_end = (uint64_t)__builtin_frame_address(0);
}

/* ---- the thread ---- */

static const void *own_thread; /* the launcher's thread pointer */

/* This thread becomes the one that the snapshot knows. */
__attribute__((no_stack_protector)) static void become_thread_of_snapshot(void)
{
    const struct process_state *process = &EMBEDDED->process;
    raw_syscall(SYS_arch_prctl, ARCH_SET_FS, (long)process->thread_pointer, 0, 0, 0, 0);
    *(int *)process->thread_id = (int)raw_syscall(SYS_set_tid_address, (long)process->thread_id, 0, 0, 0, 0, 0);
    raw_syscall(SYS_set_robust_list, (long)process->robust_list, 24, 0, 0, 0, 0);
}

/* What a template does in the midst of Python (supervisor/template.c) is the launcher's, and done with its libc. */
__attribute__((no_stack_protector)) bool process_pause(void)
{
    raw_syscall(SYS_arch_prctl, ARCH_SET_FS, (long)own_thread, 0, 0, 0, 0);
    bool is_function = template_pause();
    BUNDLED->report = report;
    become_thread_of_snapshot();
    return is_function;
}

/* A new canary: no frame of the snapshot is left that holds the old one. libc takes it from the random bytes in the same way. */
__attribute__((noreturn, no_stack_protector)) static void enter_snapshot(int argc, char **argv)
{
    const struct process_state *process = &EMBEDDED->process;
    void (*resume)(int, char **, char **) = (void *)process->resume;
    char **variables = environ;
    if (__rseq_size)
        syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
    own_thread = __builtin_thread_pointer();
    *(uint64_t *)(process->thread_pointer + CANARY) = *(uint64_t *)process->random & ~255UL;
    become_thread_of_snapshot();
    for (uint64_t i = 1; i <= SIGNALS; i++)
        if (process->actions[i].handler)
            raw_syscall(SYS_rt_sigaction, i, (long)&process->actions[i], 0, SIGNALS / 8, 0, 0);
    if (process->signal_stack[2])
        raw_syscall(SYS_sigaltstack, (long)process->signal_stack, 0, 0, 0, 0, 0);
    resume(argc, argv, variables);
    __builtin_unreachable();
}

const char *process_restore(int argc, char **argv)
{
    const char *problem = process_incompatibility();
    if (!problem)
        problem = map_file();
    if (problem)
        return problem;
    bool is_run = !template_is_wanted(); /* most of what a run writes a template leaves to its functions */
    if (is_run)
        written_pages_populate(EMBEDDED->written, BY_EVERY_RUN);
    if (is_run && report_has_requests())
        written_pages_populate(EMBEDDED->written, BY_REQUESTS);
    set_kernel_words();
    enter_snapshot(argc, argv);
}
