#pragma once

#include <stdbool.h>

struct connection;
bool queue_submit(struct connection *connection);  /* begins it, or lets it wait; false: the queue is full */
void queue_serve(void);                            /* as many as there are spares for */
void queue_abandon(struct connection *connection); /* its client has left */
void queue_cancel(const char *action);             /* ends the run of this id of Direktiv's */
void queue_end(void);                              /* nobody waits any longer, nor ever will */
bool queue_is_closed(void);                        /* it has ended */
void queue_refuse(void);                           /* those that wait: there is no process for them */
bool queue_is_full(void);
unsigned queue_length(void);
