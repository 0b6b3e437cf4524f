#pragma once

#include <stdint.h>

struct connection;
struct worker;
/* With a run: from its report. */
void answer_outcome(struct connection *connection, struct worker *worker);
/* Without: a status and a sentence; more headers, each with its end of line. */
void answer_plainly(struct connection *connection, int status, const char *headers, const char *message);
/* With 200, and a file as its body, which is closed then. */
void answer_file(struct connection *connection, const char *type, int file, uint64_t length);
void answers_hurry(void); /* the server ends: those to come have a moment */
void answer_hurry(struct connection *connection); /* the rest of one has a moment */
void answer_send(struct connection *connection); /* goes on, as far as the client takes it */
