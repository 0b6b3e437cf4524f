#pragma once

#include <stdbool.h>

struct connection;
/* Where nobody has asked for metrics, none of these does anything. */
bool metrics_open(void); /* false: errno says why not */
void metrics_note_status(int status);                     /* of an answer without a run */
void metrics_note_outcome(const char *code, double took); /* of a run that is answered; NULL: a result; seconds */
void metrics_note_abandoned(void);                        /* of a run whose client has left */
void metrics_answer(struct connection *connection);       /* a request at the port of metrics */
