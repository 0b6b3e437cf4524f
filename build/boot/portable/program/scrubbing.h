#ifndef FN_SCRUBBING_H
#define FN_SCRUBBING_H

void scrubbing_begin(void); /* before Python starts */
void scrubbing_end(void);

#endif
