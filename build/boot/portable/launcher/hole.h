#pragma once

void hole_open(char **argv); /* of this process; from here on the kernel can place a mapping nowhere else */
char *hole_stack(void); /* the end of a stack in the hole */
