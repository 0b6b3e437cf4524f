/* Reads the settings of a run from arguments and environment, once, and checks them: an argument wins over its variable,
 * an empty variable counts as none. A bad value is an error of the run, which Python reports like any other
 * (entry/runtime/lifecycle.py), so that no workflow hangs over a typing mistake; the supervisor uses the default. */
#include "shared/settings.h"

#include "shared/absolute_path.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATA_DIR, TIMEOUT, LINGER, DRAIN_DELAY, OPTIONS };
static const struct {
    const char *name, *variable;
} options[OPTIONS] = {
    {"--data", "FN_DATA_DIR"}, {"--timeout", "FN_TIMEOUT"}, {"--linger", "FN_LINGER"}, {"--settle", "FN_SETTLE"},
};
static const char *const questions[] = {
    "--help", "-h", "--version", "--list", "--describe", "--doctor", "--sbom", "--index", NULL,
};
static const char *const levels[] = {"debug", "info", "warning", "error", NULL};

static char *no_words[] = {NULL};
static const struct settings *own;

static bool is_among(const char *word, const char *const *list)
{
    while (*list && strcmp(*list, word) != 0)
        list++;
    return *list;
}

__attribute__((format(printf, 2, 3))) static void complain(struct settings *settings, const char *format, ...)
{
    size_t used = strlen(settings->problem), room = sizeof settings->problem;
    va_list values;
    if (used)
        used += (size_t)snprintf(settings->problem + used, room - used, "; ");
    va_start(values, format);
    if (used < room)
        vsnprintf(settings->problem + used, room - used, format, values);
    va_end(values);
}

/* ---- words ---- */

struct walk {
    char **next;
    bool only_names; /* after "--" */
    const char *word;
    enum { NAME, QUESTION, OPTION, UNKNOWN } kind;
    size_t option;
    const char *value; /* of an option; NULL: it is missing */
};

static size_t option_of(const char *word)
{
    size_t found = 0, length = strcspn(word, "=");
    while (found < OPTIONS && (strlen(options[found].name) != length || strncmp(options[found].name, word, length) != 0))
        found++;
    return found;
}

/* Steps to the next word, and past the value of an option; false at the end. */
static bool walk_on(struct walk *walk)
{
    if (*walk->next && !walk->only_names && !strcmp(*walk->next, "--")) {
        walk->only_names = true;
        walk->next++;
    }
    if (!*walk->next)
        return false;
    walk->word = *walk->next++;
    walk->kind = NAME;
    if (walk->only_names || walk->word[0] != '-')
        return true;
    walk->option = option_of(walk->word);
    walk->kind = is_among(walk->word, questions) ? QUESTION : walk->option < OPTIONS ? OPTION : UNKNOWN;
    if (walk->kind != OPTION)
        return true;
    const char *equals = strchr(walk->word, '=');
    walk->value = equals ? equals + 1 : *walk->next && !is_among(*walk->next, questions) ? *walk->next++ : NULL;
    return true;
}

static void take_option(struct settings *settings, const struct walk *walk, const char *values[OPTIONS])
{
    const char *name = options[walk->option].name;
    if (!walk->value)
        complain(settings, "%s: a value is missing", name);
    else if (!*walk->value)
        complain(settings, "%s: the value is empty", name);
    else
        values[walk->option] = walk->value;
}

/* Returns how many handlers are named. */
static size_t read_words(struct settings *settings, const char *values[OPTIONS])
{
    size_t names = 0;
    for (struct walk walk = {.next = settings->words}; walk_on(&walk);) {
        if (walk.kind == OPTION)
            take_option(settings, &walk, values);
        else if (walk.kind == NAME && *walk.word && !names++)
            settings->handler = walk.word;
        else if (walk.kind == UNKNOWN && settings->question && !strcmp(settings->question, "--describe") &&
                 !strcmp(walk.word, "--workflow"))
            settings->question = "--workflow";
        else if (walk.kind == UNKNOWN)
            complain(settings, "%.64s: no such option; see --help", walk.word);
    }
    return names;
}

static const char *find_question(char **words)
{
    for (; *words && strcmp(*words, "--") != 0; words++)
        if (is_among(*words, questions))
            return *words;
    return NULL;
}

/* ---- values ---- */

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Reads digits with at most one point, up to a thousand million. */
bool seconds_of(const char *text, double *seconds)
{
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    if (*rest == '.') {
        size_t more = strspn(++rest, "0123456789");
        digits += more;
        rest += more;
    }
    *seconds = digits && !*rest ? strtod(text, NULL) : -1;
    bool sound = *seconds >= 0 && *seconds <= 1e9;
    if (!sound)
        *seconds = 0;
    return sound;
}

static double seconds(struct settings *settings, size_t option, const char *value)
{
    double found = 0;
    const char *name = value ? options[option].name : options[option].variable, *text = value ?: variable(name);
    if (text && !seconds_of(text, &found))
        complain(settings, "%s: expected seconds such as 30 or 0.5, got '%.64s'", name, text);
    return found;
}

static bool flag(struct settings *settings, const char *name)
{
    const char *text = variable(name) ?: "0";
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        complain(settings, "%s: expected 0 or 1, got '%.64s'", name, text);
    return !strcmp(text, "1");
}

static void refuse_names(struct settings *settings, size_t count)
{
    complain(settings, "one handler can be named, not %zu:", count);
    for (struct walk walk = {.next = settings->words}; walk_on(&walk);)
        if (walk.kind == NAME && *walk.word) {
            size_t used = strlen(settings->problem);
            snprintf(settings->problem + used, sizeof settings->problem - used, " %.64s", walk.word);
        }
}

static void judge(struct settings *settings, size_t names, const char *values[OPTIONS])
{
    if (names > 1)
        refuse_names(settings, names);
    settings->handler = settings->handler ?: variable("FN_HANDLER");
    settings->timeout = seconds(settings, TIMEOUT, values[TIMEOUT]);
    settings->linger = seconds(settings, LINGER, values[LINGER]);
    settings->drain_delay = seconds(settings, DRAIN_DELAY, values[DRAIN_DELAY]);
    const char *level = variable("FN_LOG_LEVEL") ?: settings->level;
    if (is_among(level, levels))
        settings->level = level;
    else
        complain(settings, "FN_LOG_LEVEL: expected one of debug, info, warning, error, got '%.64s'", level);
    settings->tee = flag(settings, "FN_LOG_TEE");
    flag(settings, "FN_COLD"); /* only checked here: the launchers read it themselves, earlier */
}

/* ---- all of them ---- */

/* Made absolute once: libraries may be unpacked there, and a handler may change the folder before one is loaded. */
static const char *data_dir(const char *named)
{
    static char path[PATH_MAX];
    return *named == '/' || !absolute_path(named, path) ? named : path;
}

void settings_read(struct settings *settings, char **words, bool hosted)
{
    const char *values[OPTIONS] = {NULL};
    *settings = (struct settings){.question = find_question(words), .data_dir = "/direktiv-data", .level = "info"};
    settings->words = hosted && !settings->question ? no_words : words;
    size_t names = read_words(settings, values);
    settings->data_dir = data_dir(values[DATA_DIR] ?: variable(options[DATA_DIR].variable) ?: settings->data_dir);
    if (!settings->question || !strcmp(settings->question, "--doctor"))
        judge(settings, names, values);
}

void settings_use(const struct settings *settings)
{
    own = settings;
}

const struct settings *settings_own(void)
{
    static struct settings of_environment;
    if (own)
        return own;
    settings_read(&of_environment, no_words, true);
    return &of_environment;
}

static size_t put(const char *field, char *text, size_t room, size_t used)
{
    size_t length = strlen(field) + 1;
    if (used + length <= room)
        memcpy(text + used, field, length);
    return used + length;
}

size_t settings_write(const struct settings *settings, char *text, size_t room)
{
    char timeout[32] = "0";
    if (settings->timeout > 0) /* most runs have none, and pay for no printf */
        snprintf(timeout, sizeof timeout, "%.17g", settings->timeout);
    const char *fields[] = {
        settings->question ?: "", settings->handler ?: "", settings->data_dir, settings->level, timeout, settings->problem,
    };
    size_t used = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        used = put(fields[i], text, room, used);
    for (struct walk walk = {.next = settings->words}; walk_on(&walk);)
        if (walk.kind == NAME && *walk.word)
            used = put(walk.word, text, room, used);
    return used;
}
