#pragma once

void hole_open(void);   /* from here on the kernel can place a mapping nowhere else */
char *hole_stack(void); /* the end of a stack in the hole */
