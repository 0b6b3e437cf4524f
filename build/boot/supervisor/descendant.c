/* Recognises a process that a run has started, in whatever way: it never opens the exchange of that run, and started as
 * `sys.executable` it is an interpreter. The function's environment holds a mark, the device and inode of its exchange;
 * a process without the mark is still stopped by the lock on the exchange (exchange.c). */
#include "supervisor/descendant.h"

#include "shared/list_length.h"
#include "supervisor/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "FN_RUN"

extern char **environ;

enum { NUMBER_MAX = 48, MARK_MAX = 1024 };

/* Writes a number in hexadecimal digits. Each run does it, and printf would touch five pages of libc. */
static char *put_number(char *text, unsigned long long number)
{
    int shift = 60;
    while (shift && !(number >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *text++ = "0123456789abcdef"[number >> shift & 15];
    return text;
}

static void number_of(const struct stat *exchange, char number[NUMBER_MAX])
{
    char *end = put_number(number, exchange->st_dev);
    *end++ = ':';
    *put_number(end, exchange->st_ino) = 0;
}

/* The room for a copy of the environment, on the stack of a caller that never returns: so nothing is allocated. */
size_t descendant_room(void)
{
    return (list_length(environ) + 2) * sizeof *environ;
}

void descendant_mark(const char *data_dir, char **copy)
{
    static char mark[MARK_MAX];
    const char *earlier = getenv(MARK); /* a run that was started by another run: both exchanges are in use */
    char number[NUMBER_MAX] = "";
    struct stat exchange;
    size_t count = 0;
    if (stat(data_dir, &exchange) == 0)
        number_of(&exchange, number);
    char *end = stpcpy(stpcpy(mark, MARK "="), number);
    if (earlier && strlen(earlier) + 2 <= (size_t)(mark + sizeof mark - end))
        stpcpy(stpcpy(end, ","), earlier);
    for (char **each = environ; *each; each++)
        if (strncmp(*each, MARK "=", sizeof MARK))
            copy[count++] = *each;
    copy[count++] = mark;
    copy[count] = NULL;
    environ = copy;
}

bool descendant_is_marked(void)
{
    return getenv(MARK);
}

bool descendant_of(const struct stat *exchange)
{
    const char *mark = getenv(MARK);
    char number[NUMBER_MAX];
    number_of(exchange, number);
    size_t length = strlen(number);
    for (const char *next = mark; next; next = strchr(next, ',')) {
        next += *next == ',';
        if (!strncmp(next, number, length) && (next[length] == ',' || !next[length]))
            return true;
    }
    return false;
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), of_end = strlen(end);
    return length > of_end && !strcmp(text + length - of_end, end);
}

static bool is_script(const char *word)
{
    return strchr(word, '/') || ends_in(word, ".py") || ends_in(word, ".pyc") || ends_in(word, ".pyz");
}

/* An interpreter's options have one dash; those of runs have two, and names of handlers have none. -h is a question. */
bool descendant_may_be_interpreter(int argc, char **argv, char **environment)
{
    bool marked = false;
    for (char **each = environment; *each && !marked; each++)
        marked = !strncmp(*each, MARK "=", sizeof MARK);
    if (argc < 2 || (marked && is_script(argv[1])))
        return marked;
    return argv[1][0] == '-' && argv[1][1] != '-' && strcmp(argv[1], "-h");
}

bool descendant_is_interpreter(int argc, char **argv, const char *data_dir)
{
    if (!descendant_may_be_interpreter(argc, argv, environ))
        return false;
    struct stat exchange;
    if (argc < 2) /* a program on the standard input, or a run on an exchange of its own */
        return stat(data_dir, &exchange) != 0 || descendant_of(&exchange);
    return getenv(MARK) || !exchange_is_free(data_dir); /* otherwise it is a typing mistake, which is announced */
}
