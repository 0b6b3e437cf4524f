#pragma once

#include <stdbool.h>

bool listener_open(void);
bool listener_open_metrics(void); /* false: errno says why not */
void listener_close(void);
bool listener_is_open(void); /* no more: the server is about to end */
