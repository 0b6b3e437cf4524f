#pragma once

void arenas_install(void); /* before the interpreter is initialized */
