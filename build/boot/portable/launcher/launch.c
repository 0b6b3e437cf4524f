/* Starts the interpreter of a portable file: the carried dynamic loader, with the carried program, in this process. As
 * the kernel would in an exec, but without one: memory stays, so that the archive, the report and the carried objects
 * are simply there, and no sandbox needs to allow the execution of a memory file. */
#include "interpreter/archive.h"
#include "portable/carried.h"
#include "shared/launch.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "supervisor/own_path.h"
#include "supervisor/scratch_dir.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
extern const ElfW(Ehdr) __ehdr_start;

__attribute__((section(".fn.carried"), used)) static struct carried carried;

enum { PAGE = 4096 };

/* Where the loader's files go: the loader itself is the first of them. Does not return when nothing is possible. */
static int choose_place(bool supervised, int argc, char **argv, char path[PLACE_MAX])
{
    static char reasons[REASONS_MAX];
    const char *reason;
    int fd = unpack_into("", &objects[OBJECT_LOADER], path, &reason);
    if (fd >= 0)
        return fd;
    snprintf(reasons, sizeof reasons, "files in memory: %s", reason);
    if (supervised)
        report_await_prepared(); /* a run that is called off before leaves no folder behind */
    fd = unpack_open(&objects[OBJECT_LOADER], settings_read(argc, argv).data_dir, path, reasons);
    if (fd >= 0) {
        if (supervised) { /* an interpreter of this run unpacks there too: the supervisor removes what a killed one leaves */
            fprintf(stderr, "fn: unpacking libraries into %s (files in memory: %s)\n", report->unpacked, reason);
            setenv("FN_TMP_DIR", report->unpacked, 1);
        }
        return fd;
    }
    char message[sizeof reasons + 256];
    snprintf(message, sizeof message, "the libraries of the file cannot be loaded: %s; allow memfd_create and /proc, or name "
                                      "a folder with FN_TMP_DIR that is writable and not mounted noexec", reasons);
    cannot_start(message);
}

/* ---- the start ---- */

static int file_of(const struct object *object, char path[PLACE_MAX])
{
    int fd = place_make(carried.folder, 0, path);
    int problem = fd < 0 ? fd : place_fill(fd, object, true);
    if (problem < 0) {
        char message[PATH_MAX + 128];
        snprintf(message, sizeof message, "%s cannot be made ready: %s", object->path, strerrordesc_np(-problem));
        cannot_start(message);
    }
    return fd;
}

static int protection_of(const ElfW(Phdr) *segment)
{
    return (segment->p_flags & PF_R ? PROT_READ : 0) | (segment->p_flags & PF_W ? PROT_WRITE : 0) |
           (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

static uintptr_t page_down(uintptr_t address)
{
    return address & ~(uintptr_t)(PAGE - 1);
}

/* Maps the segments of the loader, as the kernel does (fs/binfmt_elf.c). Its base address. */
static char *map_loader(int fd)
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

/* Variables that would make the carried loader look at the machine's libraries; the program gets them back. */
static size_t without_loader_variables(char **to)
{
    size_t count = 0;
    for (char **each = environ; *each; each++)
        if (strncmp(*each, "LD_", 3))
            to[count++] = *each;
    to[count] = NULL;
    return count;
}

/* Restartable sequences are registered once for each thread: the other libc does it anew. */
static void unregister_rseq(void)
{
    if (__rseq_size)
        syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

static size_t count_of(char **list)
{
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

__attribute__((noreturn)) static void jump(void *stack, uintptr_t entry)
{
    __asm__ volatile("mov %0, %%rsp\n\txor %%edx, %%edx\n\txor %%ebp, %%ebp\n\tjmp *%1" : : "r"(stack), "r"(entry));
    __builtin_unreachable();
}

/* Builds the stack that a program starts with (System V ABI) and goes to the loader's first instruction. */
__attribute__((noreturn)) static void enter_loader(char *base, char **words, size_t word_count)
{
    const ElfW(Ehdr) *header = (const void *)base;
    char **first = carried.argv + carried.argc + 1; /* of the environment that the kernel made; ours is a copy */
    ElfW(auxv_t) *given = (void *)(first + count_of(first) + 1);
    size_t auxiliary = 0, environment = count_of(environ);
    while (given[auxiliary++].a_type != AT_NULL)
        ;
    size_t length = (1 + word_count + 1 + environment + 1) * sizeof(char *) + auxiliary * sizeof *given;
    uintptr_t *stack = (void *)(((uintptr_t)__builtin_alloca(length + 32) + 15) & ~(uintptr_t)15), *next = stack;
    *next++ = word_count;
    memcpy(next, words, (word_count + 1) * sizeof *words);
    next += word_count + 1;
    next += without_loader_variables((char **)next) + 1;
    for (size_t i = 0; i < auxiliary; i++) {
        ElfW(auxv_t) *entry = (ElfW(auxv_t) *)next + i;
        *entry = given[i];
        if (entry->a_type == AT_PHDR)
            entry->a_un.a_val = (uintptr_t)base + header->e_phoff;
        else if (entry->a_type == AT_PHNUM)
            entry->a_un.a_val = header->e_phnum;
        else if (entry->a_type == AT_ENTRY)
            entry->a_un.a_val = (uintptr_t)base + header->e_entry;
    }
    unregister_rseq();
    jump(stack, (uintptr_t)base + header->e_entry);
}

/* With a folder to remove and no supervisor that would do it (--list and the like), a parent does. */
static void watch_over_folder(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever ends the parent means the child */
    if (child <= 0)
        return;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    unpacked_remove();
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

static bool is_interpreter;

void interpreter_become(int argc, char **argv)
{
    is_interpreter = true;
    interpreter_run(argc, argv);
}

void interpreter_run(int argc, char **argv)
{
    bool supervised = report;
    signal(SIGXFSZ, SIG_IGN); /* a limit of the size of files is an error here, and in Python */
    if (!supervised && !report_open())
        cannot_start("not enough memory to start");
    char loader[PLACE_MAX], auditor[PLACE_MAX], program[PLACE_MAX];
    int fd = choose_place(supervised, argc, argv, loader);
    if (!supervised && report->unpacked[0])
        watch_over_folder();
    carried = (struct carried){
        .objects = objects, .object_count = object_count, .folder = report->unpacked[0] ? report->unpacked : "",
        .archive = fn_archive, .report = report, .explain = strerrordesc_np,
        .executable = own_path(), .argc = argc, .argv = argv, .environment = environ, .is_interpreter = is_interpreter,
    };
    const ElfW(Phdr) *segments = (const void *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++)
        if ((uintptr_t)objects[0].bytes - segments[i].p_vaddr < segments[i].p_memsz)
            carried.file_base = segments[i].p_vaddr - segments[i].p_offset;
    carried.auditor = file_of(&objects[OBJECT_AUDITOR], auditor);
    carried.program = file_of(&objects[OBJECT_PROGRAM], program);
    char *words[] = {"fn", "--inhibit-cache", "--audit", auditor, program, NULL};
    char *base = map_loader(fd);
    place_drop(fd, carried.folder, loader);
    enter_loader(base, words, sizeof words / sizeof *words - 1);
}
