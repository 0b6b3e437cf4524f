#pragma once

void interpreter_start(int argc, char **argv, const unsigned long *hash_seed); /* NULL: a random one */
int interpreter_run_cold(int argc, char **argv);
int interpreter_run_as_python(int argc, char **argv); /* what `python` does with these arguments, with the modules of the file */
void interpreter_print_error(void);
