#pragma once

int call_run(int argc, char **argv); /* the exit status */
