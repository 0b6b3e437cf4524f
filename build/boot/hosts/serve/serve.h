/* The host of HTTP, part by part (docs/hosts.md):
 *
 *   serve          it begins, takes signals, drains and ends
 *   serve_options  what it was asked for
 *   listener       where clients come from
 *   clients        all of them, and how each one ends
 *   connection     one client: from bytes to requests, and back
 *   request        what llhttp tells of a request; headers: the text of its head
 *   dispatch       what becomes of it: a run, or an answer without one
 *   queue          requests that wait for a process
 *   spares         processes that wait for their one request
 *   handover       the one is given to the other
 *   function_process  how such a process begins, and what is left of it
 *   worker         the processes in all their states, and how they end
 *   answer         what a client is sent
 *   result_headers which headers a function may add to it
 *   json_log       log lines on stdout
 *   metrics        what happens, in numbers
 *   sidecar_log    the same to Direktiv's sidecar, for whoever asked
 *   direktiv       what else of Direktiv's headers goes into log lines
 *   apart          a stack that functions do not inherit
 *
 * What is HTTP's own lies in hosts/http; what Lambda has as well (function_process, worker, json_log, apart) in hosts.
 *
 * Functions are forked from the server. Nothing of a request lies in memory that a fork copies: what is kept of it is in
 * mappings that functions do not get (MADV_DONTFORK), and whoever handles it runs on such a stack (apart.c), from which
 * nothing is forked. */
#ifndef FN_SERVE_H
#define FN_SERVE_H

int serve_run(int argc, char **argv); /* the exit status */

#endif
