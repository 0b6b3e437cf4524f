#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
void bodies_open(void);
bool body_has_room(const struct connection *client, uint64_t length);      /* for so much more of it */
bool body_add(struct connection *client, const char *bytes, size_t length); /* false: there is no memory */
void body_drop(struct connection *client);                                 /* also when a function has it */
