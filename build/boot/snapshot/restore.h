#pragma once

void restore_attach(void);
int restore_and_run(int argc, char **argv);
