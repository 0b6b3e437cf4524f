#ifndef FN_SIGNALS_H
#define FN_SIGNALS_H

void signals_hold(void);
void signals_release(void);
int signals_open(void); /* a signalfd(2) of those that a run has to do with, or -1 */
int signals_next(int fd); /* the next that has arrived, or 0 */

#endif
