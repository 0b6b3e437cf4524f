/* Asks a server, one request after another, with the client of the hosts: client ADDRESS PATIENCE MOST [METHOD PATH BODY]...
 * A BODY of `@LENGTH` is a file of so many bytes. Prints for each: outcome, status, the header `x`, the body's length and
 * its beginning. */
#include "hosts/http/http_client.h"
#include "shared/nameless_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct http_client client;
static struct timer *timers[4];
static char **next;
static double patience;
static uint64_t most;
static int answer = -1, given = -1;

static void ask(void)
{
    struct http_request request = {next[0], next[1], "X: y\r\n", next[2], -1, strlen(next[2])};
    answer = nameless_file(NULL);
    if (*next[2] == '@') {
        given = nameless_file(NULL);
        request.file = given;
        request.body = NULL;
        request.length = strtoull(next[2] + 1, NULL, 10);
        if (ftruncate(given, (off_t)request.length) < 0)
            exit(3);
    }
    if (!strcmp(next[0], "GET"))
        request.body = NULL;
    next += 3;
    http_client_ask(&client, &request, answer, most, patience);
}

static void answered(struct http_client *of, enum http_outcome outcome)
{
    static const char *const names[] = {"answered", "refused", "lost", "late"};
    char beginning[32] = "";
    if (outcome == HTTP_ANSWERED && pread(answer, beginning, sizeof beginning - 1, 0) < 0)
        exit(4);
    if (outcome == HTTP_ANSWERED)
        printf("answered %d %s %llu %s\n", of->status, http_client_header(of, "x") ?: "-", (unsigned long long)of->got, beginning);
    else
        printf("%s\n", names[outcome]);
    close(answer);
    if (given >= 0)
        close(given);
    given = -1;
    if (*next)
        ask();
    else
        next = NULL;
}

int main(int argc, char **argv)
{
    if (argc < 4 || !loop_open(timers, 4))
        return 2;
    if (!http_client_open(&client, argv[1])) {
        puts("no address");
        return 0;
    }
    client.answered = answered;
    patience = strcmp(argv[2], "-") ? atof(argv[2]) : HUGE_VAL;
    most = strtoull(argv[3], NULL, 10);
    next = argv + 4;
    ask();
    while (next)
        loop_turn();
    http_client_close(&client);
    return 0;
}
