#pragma once

void scrubbing_begin(void); /* before Python starts */
void scrubbing_end(void);
