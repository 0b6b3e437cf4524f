#pragma once

#include "shared/report.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;
/* Starts a process that waits for its one request, with a file for its result and a log of JSON. It belongs where a fork
 * may be (apart.h). `handler`: NULL when the request names it. False: errno says why there is none. */
bool function_process_start(struct worker *worker, enum host host, const char *handler, int argc, char **argv);
bool function_process_begin(struct worker *worker, int body, double timeout); /* with its request; false: it has ended */
void function_process_dispose(struct worker *worker); /* it has ended: all that is left of it goes */
/* Whether a result is as long as was reported: what the handler has left behind cannot change that any more. */
bool function_process_result(int file, uint64_t length);
