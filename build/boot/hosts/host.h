#pragma once

int host_run(int argc, char **argv); /* the exit status */
