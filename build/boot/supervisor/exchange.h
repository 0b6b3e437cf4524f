#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool exchange_open(const char *path); /* false: errno says why */
bool exchange_lock(void); /* false: it is in use by another run, which goes on, or has started this process */
bool exchange_is_free(const char *path); /* whether it is there and no run uses it */
bool exchange_finished(void);
int exchange_prepare(void); /* the descriptor of out.log, or -1 */
bool exchange_publish_output(uint64_t length); /* false: what is staged is no file of that length, or cannot be published */
bool exchange_publish_error(const char *json, size_t length, const char *brief, size_t brief_length);
void exchange_tidy(void);
bool exchange_announce(void);
