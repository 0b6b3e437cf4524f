#ifndef FN_CLOCK_H
#define FN_CLOCK_H

double monotonic_now(void); /* seconds of CLOCK_MONOTONIC */

#endif
