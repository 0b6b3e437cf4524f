#pragma once

#include <stdbool.h>

struct run;
bool call_input_open(struct run *run, const char *place); /* NULL: stdin; false: errno says why there is none */
void call_input_begin(void); /* the function goes on as soon as its input is whole */
const char *call_input_problem(void); /* that there was while it was read; NULL: none */
