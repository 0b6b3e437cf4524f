#pragma once

/* Made by build/link/import_variables.py: variables of the environment that imports have read, while a snapshot is taken
 * none is set. A name, a zero, the line of Python that has read it, a zero, for each; an empty name at the end. A name that
 * ends with an asterisk stands for all that begin so. */
extern const char import_variables[];

/* Why an import would see another environment in this process than in the snapshot's; NULL: it would not. */
const char *import_variables_differ(const char *list, char **environment);
