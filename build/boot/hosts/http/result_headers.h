#pragma once

#include "shared/report.h"

/* A copy of the headers that the function gives its result, as text; false: there are none, or none that can be sent. */
bool result_headers(const struct report *report, char head[ANSWER_HEAD_MAX + 1]);
