#pragma once

/* While a snapshot is captured: waits until each other thread waits for something or has ended. One that works on is waited
 * for no longer when it has had the processor for a fifth of a second. */
void turns_pass(void);
