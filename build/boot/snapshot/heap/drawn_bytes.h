#pragma once

enum { RANGES = 64, LONGEST = 256 };
/* What imports have drawn (interpreter/drawn.c), until the snapshot is taken. */
extern unsigned char drawn_bytes[RANGES][LONGEST];
