#pragma once

enum { RANGES = 64, LONGEST = 256, NOTED_TIMES = 2048 };
/* What imports have drawn (interpreter/drawn.c), until the snapshot is taken. */
extern unsigned char drawn_bytes[RANGES][LONGEST];
/* The times that they have been told (interpreter/kept_times.c), in seconds; 0 at the end. */
extern double noted_times[NOTED_TIMES];
