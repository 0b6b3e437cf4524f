#pragma once

double monotonic_now(void); /* seconds of CLOCK_MONOTONIC */
