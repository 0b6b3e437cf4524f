#pragma once

#include "hosts/worker.h"

/* For the log lines of a request: names and values, each with a zero behind it, one more at the end. */
void direktiv_labels(char labels[LABELS_MAX], const struct connection *connection);
