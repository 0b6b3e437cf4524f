/* Options of a host that is a command, by its table of them. Whoever calls waits for the exit status: so a wrong call is
 * refused here, at once, in words. The isolated host reads its own (shared/settings.c), as errors of a run. */
#include "hosts/options.h"

#include "shared/settings.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *options_complain(const char *format, ...)
{
    static char complaint[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(complaint, sizeof complaint, format, arguments);
    va_end(arguments);
    return complaint;
}

/* ---- values ---- */

static bool read_number(const char *text, uint64_t *number)
{
    size_t digits = strspn(text, "0123456789");
    *number = strtoull(text, NULL, 10);
    return digits > 0 && digits < 12 && !text[digits];
}

/* Bytes, with K, M or G behind them for 1024 and its powers. */
static bool read_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMG";
    char digits[16];
    size_t length = strlen(text);
    const char *unit = length ? strchr(units, text[length - 1]) : NULL;
    if (unit && *unit)
        length--;
    if (length >= sizeof digits)
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)length, text);
    if (!read_number(digits, size))
        return false;
    int bits = unit && *unit ? 10 * (int)(unit - units + 1) : 0;
    if (*size > 1ULL << 40 >> bits)
        return false;
    *size <<= bits;
    return true;
}

/* The name is that of the option, or of the variable. */
static const char *set(const struct option *option, const char *name, const char *value)
{
    uint64_t number;
    switch (option->kind) {
    case TEXT:
        if (!*value)
            return options_complain("%s: the value is empty", name);
        *(const char **)option->place = value;
        return NULL;
    case NUMBER:
        if (!read_number(value, &number) || number > option->most)
            return options_complain("%s: expected a whole number that is not too large", name);
        *(unsigned *)option->place = (unsigned)number;
        return NULL;
    case SIZE:
        return read_size(value, option->place) ? NULL : options_complain("%s: expected a size such as 500K, 32M or 1G", name);
    case SECONDS:
        return seconds_of(value, option->place) ? NULL : options_complain("%s: expected seconds such as 30 or 0.5", name);
    default:
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return options_complain("%s: expected 0 or 1", name);
        *(bool *)option->place = *value == '1';
        return NULL;
    }
}

/* ---- variables and arguments ---- */

static const char *variable(const char *name)
{
    const char *value = name ? getenv(name) : NULL;
    return value && *value ? value : NULL;
}

static const char *read_variables(const struct option *options)
{
    const char *complaint = NULL;
    for (const struct option *each = options; each->name && !complaint; each++) {
        const char *name = variable(each->variable) ? each->variable : each->other_variable;
        complaint = variable(name) ? set(each, name, variable(name)) : NULL;
    }
    return complaint;
}

static const struct option *find(const struct option *options, const char *arg)
{
    size_t length = strcspn(arg, "=");
    while (options->name && (strlen(options->name) != length || strncmp(options->name, arg, length) != 0))
        options++;
    return options->name ? options : NULL;
}

/* Moves on to the last word that it takes: `--name=value`, `--name value`, or the `--name` of a switch. */
static const char *read_option(const char *host, const struct option *options, char ***args)
{
    const struct option *option = find(options, **args);
    const char *value = strchr(**args, '=');
    if (!option)
        return options_complain("%.64s: no such option of `fn %s`; see fn --help", **args, host);
    if (value)
        return set(option, option->name, value + 1);
    if (option->kind == SWITCH)
        return set(option, option->name, "1");
    if (!(value = *++*args))
        return options_complain("%s: a value is missing", option->name);
    return set(option, option->name, value);
}

const char *options_read(const char *host, const struct option *options, const char **handler, char **args)
{
    const char *complaint = read_variables(options), *named = NULL;
    bool only_names = false; /* from `--` on */
    for (; *args && !complaint; args++) {
        if (!only_names && !strcmp(*args, "--"))
            only_names = true;
        else if (!only_names && **args == '-')
            complaint = read_option(host, options, &args);
        else if (named)
            complaint = options_complain("one handler can be named: what is %.64s?", *args);
        else
            named = *args;
    }
    *handler = named ?: variable("FN_HANDLER");
    return complaint;
}
