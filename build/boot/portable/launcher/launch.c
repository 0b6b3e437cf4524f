/* Starts the interpreter of a portable file: the bundled dynamic loader, with the bundled program, in this process. As
 * the kernel would in an exec, but without one: memory stays, so that the archive, the report and the bundled objects
 * are simply there, and no sandbox needs to allow the execution of a memory file. */
#include "interpreter/archive.h"
#include "portable/bundled.h"
#include "portable/launcher/compatibility.h"
#include "portable/launcher/hole.h"
#include "portable/launcher/loader.h"
#include "portable/launcher/restore.h"
#include "portable/process_snapshot.h"
#include "shared/launch.h"
#include "shared/place.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "shared/unpack.h"
#include "supervisor/own_path.h"
#include "supervisor/scratch_dir.h"

#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern const ElfW(Ehdr) __ehdr_start;

__attribute__((section(".fn.bundled"), used)) static struct bundled bundled;

/* Where the loader's files go: the loader itself is the first of them. Does not return when nothing is possible. */
static int choose_place(bool supervised, char path[PLACE_MAX])
{
    static char reasons[REASONS_MAX];
    const char *reason;
    int fd = unpack_into(bundled.folder ? bundled.folder : "", &objects[OBJECT_LOADER], path, &reason);
    if (fd >= 0)
        return fd;
    snprintf(reasons, sizeof reasons, "files in memory: %s", reason);
    if (supervised)
        report_await_prepared(); /* a run that is called off before leaves no folder behind */
    fd = unpack_open(&objects[OBJECT_LOADER], settings_own()->data_dir, path, reasons);
    if (fd >= 0) {
        if (supervised) { /* an interpreter of this run unpacks there too: the supervisor removes what a killed one leaves */
            fprintf(stderr, "fn: unpacking libraries into %s (files in memory: %s)\n", report->scratch_dir, reason);
            setenv("FN_TMP_DIR", report->scratch_dir, 1);
        }
        return fd;
    }
    char message[sizeof reasons + 256];
    snprintf(message, sizeof message, "the libraries of the file cannot be loaded: %s; %s", reasons, UNPACK_ADVICE);
    cannot_start(message);
}

/* ---- the start ---- */

static int file_of(const struct object *object, bool whole, char path[PLACE_MAX])
{
    int fd = place_make(bundled.folder, 0, path);
    int problem = fd < 0 ? fd : place_fill(fd, object, whole);
    if (problem < 0) {
        char message[PATH_MAX + 128];
        snprintf(message, sizeof message, "%s cannot be made ready: %s", object->path, strerrordesc_np(-problem));
        cannot_start(message);
    }
    return fd;
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
    scratch_dir_remove(report);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

static bool is_interpreter;

static void describe_file(int argc, char **argv)
{
    bundled = (struct bundled){
        .objects = objects, .object_count = object_count, .archive = fn_archive, .report = report,
        .settings = settings_own(),
        .explain = strerrordesc_np,
        .executable = own_path(), .argc = argc, .argv = argv, .environment = environ, .is_interpreter = is_interpreter,
    };
    const ElfW(Phdr) *segments = (const void *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++)
        if ((uintptr_t)objects[0].bytes - segments[i].p_vaddr < segments[i].p_memsz)
            bundled.file_base = segments[i].p_vaddr - segments[i].p_offset;
}

__attribute__((noreturn)) static void start_loader(bool supervised, void (*enter)(char *base, char **argv))
{
    char loader[PLACE_MAX], auditor[PLACE_MAX], program[PLACE_MAX];
    int fd = choose_place(supervised, loader);
    if (!supervised && report->scratch_dir[0])
        watch_over_folder();
    bundled.environment = environ; /* a folder may be in it by now */
    if (!bundled.folder)
        bundled.folder = report->scratch_dir[0] ? report->scratch_dir : "";
    int self = place_open_self();
    bundled.program_has_holes = self >= 0;
    if (self >= 0)
        place_close(self);
    bundled.auditor = file_of(&objects[OBJECT_AUDITOR], true, auditor);
    bundled.program = file_of(&objects[OBJECT_PROGRAM], !bundled.program_has_holes, program);
    char *argv[] = {"fn", "--inhibit-cache", "--audit", auditor, program, NULL};
    char *base = loader_map(fd);
    place_drop(fd, bundled.folder, loader);
    enter(base, argv);
    __builtin_unreachable();
}

/* Asks for one whose name cannot be read, the last reason to refuse it: making one would take 7 us. */
static bool has_files_in_memory(void)
{
    long refused = syscall(SYS_memfd_create, NULL, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
    if (refused && errno == EINVAL) /* an older kernel */
        refused = syscall(SYS_memfd_create, NULL, MFD_CLOEXEC);
    return refused && errno == EFAULT;
}

/* Where the sandbox has no files in memory a folder is made at once, as in a cold boot: interpreters that the run starts
 * unpack there, too, and the supervisor removes what they leave. */
static void choose_folder(void)
{
    if (has_files_in_memory())
        return;
    report_await_prepared();
    const char *folder = unpack_choose();
    if (*folder)
        setenv("FN_TMP_DIR", folder, 1);
}

void interpreter_run(int argc, char **argv)
{
    bool supervised = report;
    signal(SIGXFSZ, SIG_IGN); /* a limit of the size of files is an error here, and in Python */
    if (!supervised && !(report = report_make(HOST_ISOLATED)))
        cannot_start("not enough memory to start");
    describe_file(argc, argv);
    bundled.supervised = supervised;
    if (!is_interpreter) {
        if (supervised && !process_incompatibility())
            choose_folder();
        bundled.boot_reason = process_restore(argc, argv);
        bundled.fell_back = embedded_process.state == EMBEDDED_SNAPSHOT && !process_is_to_be_cold();
    }
    start_loader(supervised, loader_enter);
}

/* A folder (above) is a run's own. */
bool interpreter_can_be_template(void)
{
    return !process_incompatibility() && has_files_in_memory();
}

void interpreter_run_as_template(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* as above */
    describe_file(argc, argv);
    bundled.supervised = true;
    bundled.pause = process_pause;
    process_restore(argc, argv);
    bundled.pause = NULL;
}

void interpreter_populate(void)
{
    written_pages_populate(((const struct embedded_process *)&embedded_process)->written, BY_FUNCTIONS);
}

void interpreter_main(int argc, char **argv)
{
    is_interpreter = true;
    interpreter_run(argc, argv);
}

/* Arguments from build/snapshot/process/capture.py: the seed (portable/seeded.h), the placements, what to do (capture, or
 * blocks: to profile them), and which seconds clocks show. */
void interpreter_capture(int argc, char **argv)
{
    if (argc != 5 || !(report = report_make(HOST_ISOLATED)))
        cannot_start("a snapshot takes a seed, placements, what to do, seconds, and memory");
    describe_file(argc, argv);
    bundled.capturing = true;
    bundled.seed = strtoul(argv[1], NULL, 10);
    bundled.placements = argv[2];
    bundled.wanted = argv[3];
    bundled.clocks = strtol(argv[4], NULL, 10);
    processor_features(bundled.features);
    hole_open(argv);
    start_loader(false, loader_enter_hole);
}
