/* Reads the settings that the supervisor needs from arguments and environment.
 * It never complains: entry/runtime/settings.py is the judge and reports a bad value as an error of the run;
 * until then the default holds. Both read the same grammar. */
#include "shared/settings.h"

#include <stdlib.h>
#include <string.h>

/* The value of an option, as `--name VALUE` or `--name=VALUE`, else of its variable, else NULL. The last one counts. */
static const char *value_of(int argc, char **argv, const char *option, const char *variable)
{
    const char *value = NULL;
    size_t length = strlen(option);
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
        if (!strcmp(argv[i], option) && i + 1 < argc)
            value = argv[++i];
        else if (!strncmp(argv[i], option, length) && argv[i][length] == '=')
            value = argv[i] + length + 1;
    }
    if (!value)
        value = getenv(variable);
    return value && *value ? value : NULL;
}

/* Digits with at most one point, up to a thousand million. */
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

static double seconds(const char *text)
{
    double value = 0;
    if (text)
        seconds_of(text, &value);
    return value;
}

struct settings settings_read(int argc, char **argv)
{
    const char *data_dir = value_of(argc, argv, "--data", "FN_DATA_DIR");
    const char *tee = getenv("FN_LOG_TEE");
    return (struct settings){
        .data_dir = data_dir ? data_dir : "/direktiv-data",
        .timeout = seconds(value_of(argc, argv, "--timeout", "FN_TIMEOUT")),
        .linger = seconds(value_of(argc, argv, "--linger", "FN_LINGER")),
        .drain_delay = seconds(value_of(argc, argv, "--settle", "FN_SETTLE")),
        .tee = tee && !strcmp(tee, "1"),
    };
}

bool settings_ask_for_information(int argc, char **argv)
{
    static const char *const switches[] = {
        "--help", "-h", "--version", "--list", "--describe", "--doctor", "--sbom", "--index",
    };
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        for (size_t k = 0; k < sizeof switches / sizeof *switches; k++)
            if (!strcmp(argv[i], switches[k]))
                return true;
    return false;
}
