/* From source the function's process becomes the interpreter of the machine, which gets what it has to know as an open file:
 * the report, with the settings in the place of an error. entry/runtime/source.py is its side. The run is prepared and its request is
 * there before it starts: that loses some time, and source is for developing. */
#include "source/launch.h"

#include "shared/launch.h"
#include "shared/nameless_file.h"
#include "shared/report.h"
#include "shared/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command source_command;

static void become(const struct command *command, int argc, char **argv)
{
    char **words = calloc(command->length + (size_t)argc + 1, sizeof *words);
    if (!words)
        return;
    memcpy(words, command->words, command->length * sizeof *words);
    if (argc > 1)
        memcpy(words + command->length, argv + 1, (size_t)(argc - 1) * sizeof *words);
    execvp(*words, words);
}

static bool hand_over(void)
{
    const int kept[] = {report->input, report->output, report->file};
    const struct settings *settings = settings_own();
    size_t length = settings_write(settings, NULL, 0);
    char *text = malloc(length), place[64];
    if (!text)
        return false;
    settings_write(settings, text, length);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (kept[i] >= 0 && fcntl(kept[i], F_SETFD, 0) != 0)
            return false;
    snprintf(place, sizeof place, "%d:%zu:%zu", report->file, sizeof *report, length);
    return lseek(report->file, offsetof(struct report, error), SEEK_SET) > 0 && write_whole(report->file, text, length) &&
           setenv("FN_REPORT", place, 1) == 0;
}

void interpreter_run(int argc, char **argv)
{
    char message[PATH_MAX + 128];
    if (!report)
        report = report_make(HOST_ISOLATED); /* a question: nobody waits for an outcome */
    else if (report_has_requests())
        report_await_request();
    else
        report_await_prepared();
    if (report && hand_over())
        become(&source_command, argc, argv);
    snprintf(message, sizeof message, "%s cannot be started: %s", *source_command.words, strerrordesc_np(errno));
    cannot_start(message);
}

bool interpreter_can_be_template(void)
{
    return false;
}

void interpreter_run_as_template(int argc, char **argv)
{
    (void)argc, (void)argv;
}

void interpreter_populate(void)
{
}

/* Without `-m entry`: what follows are words for Python. */
void interpreter_main(int argc, char **argv)
{
    struct command python = source_command;
    if (python.length > 2)
        python.length -= 2;
    become(&python, argc, argv);
    fprintf(stderr, "fn: %s cannot be started: %s\n", *source_command.words, strerrordesc_np(errno));
    _exit(EXIT_FAILURE);
}
