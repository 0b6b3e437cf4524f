/* The host of Lambda, part by part (docs/lambda.md):
 *
 *   lambda          it begins, has one invocation after another handled, and ends
 *   lambda_state    what these parts share
 *   lambda_process  a process that is ready before an event is asked for, and is given it
 *   lambda_outcome  what is told of an invocation, or of a start that fails
 *   lambda_api      what it says to the Runtime API, and what it hears; lost connections
 *   lambda_error    an error in the form of Lambda
 *
 * The rest is shared with the host of HTTP: function_process, json_log, apart, http_client. */
#ifndef FN_LAMBDA_H
#define FN_LAMBDA_H

#include <stdbool.h>

bool lambda_is_asked_for(void); /* by the environment */
int lambda_run(int argc, char **argv); /* the exit status */

#endif
