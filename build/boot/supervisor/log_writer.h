#ifndef FN_LOG_WRITER_H
#define FN_LOG_WRITER_H

#include <stddef.h>

enum { LINE_MAX_BYTES = 32 * 1024 }; /* of a written line, its newline included */
void pump_open(int log_fd, int tee_fd);
void pump_feed(const unsigned char *bytes, size_t length);
void pump_flush(void);  /* writes the whole lines so far */
void pump_finish(void); /* completes a partial last line, then flushes */

#endif
