#ifndef FN_THREADS_H
#define FN_THREADS_H

const char *threads_started_by(void); /* names of libraries that have started threads since capturing began */

#endif
