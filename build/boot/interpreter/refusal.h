#pragma once

/* Ends the capture, with a sentence for whoever builds. */
__attribute__((noreturn, format(printf, 1, 2))) void refuse(const char *format, ...);
/* Files, sockets and child processes that imports have left; `own` files are the capture's. */
void refuse_what_is_open(int own);
