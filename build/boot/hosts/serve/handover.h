#pragma once

#include <stdbool.h>

struct connection;
struct worker;
bool hand_over(struct worker *spare, struct connection *connection); /* false: the spare had ended */
