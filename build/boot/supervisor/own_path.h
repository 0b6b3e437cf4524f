#pragma once

const char *own_path(void); /* empty: not known. In a bundled program portable/program/ has it, from the launcher */
