/* The host of Lambda, part by part (docs/hosts/lambda.md):
 *
 *   lambda          starts, handles one invocation after another, and ends
 *   lambda_state    variables that these parts share
 *   lambda_process  the process that is ready before an event is asked for, and then is given it
 *   lambda_outcome  reports the outcome of an invocation, or that the start has failed
 *   lambda_api      calls the Runtime API, reads its answers, connects again
 *   lambda_error    an error in Lambda's form
 *
 * The rest is shared with the host of HTTP: function_process, json_log, apart, http_client. */
#pragma once

#include <stdbool.h>

bool lambda_is_asked_for(void); /* by the environment */
int lambda_run(int argc, char **argv); /* the exit status */
