#pragma once

/* What the build has written into a linked file, for either kind of snapshot: none, so that it boots cold; take one of
 * yourself, which no finished file does; there is one. build/snapshot/suitability.py has the same numbers. */
enum embedded_state { EMBEDDED_NONE, EMBEDDED_CAPTURE, EMBEDDED_SNAPSHOT };
