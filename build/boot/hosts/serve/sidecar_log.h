#pragma once

#include "hosts/worker.h"

bool sidecar_log_open(void); /* false: FN_SIDECAR is no address */
void sidecar_log_reset(struct sidecar_log *log);
void sidecar_log_begin(struct sidecar_log *log, const char *action); /* NULL: none */
void sidecar_log_add(struct sidecar_log *log, const char *lines, size_t length);
/* False: there is nothing to tell, or nobody. Else worker_is_told() is called before long, whatever happens. */
bool sidecar_log_send(struct sidecar_log *log);
void sidecar_log_drop(struct sidecar_log *log); /* the lines so far */
void worker_is_told(struct sidecar_log *log); /* worker.c */
