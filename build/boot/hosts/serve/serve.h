/* The host of HTTP, part by part (docs/hosts.md):
 *
 *   serve             starts, takes signals, drains and ends
 *   serve_options     its options
 *
 * A request on its way, in order:
 *
 *   listener          accepts connections
 *   clients           keeps all of them, and closes those that are silent
 *   connection        reads one client's bytes until a request is whole
 *   request           the request that llhttp parses: its headers, its body
 *   bodies            long bodies, and how much memory they take together
 *   dispatch          decides what it becomes: a run, or an answer without one
 *   queue             requests that wait for a process
 *   spares            processes that wait for their one request
 *   handover          gives a request to a spare: here it becomes a run
 *   function_process  such a process: how it is started, what is left of it
 *   worker            the states of all these processes, from spare to ended
 *   answer            what the client is sent, and with which status
 *   result_headers    which headers a function may add to it
 *
 * Beside the way:
 *
 *   json_log          log lines on stdout
 *   sidecar_log       the same lines to Direktiv's sidecar, before the answer
 *   direktiv          fields of log lines, from Direktiv's headers
 *   metrics           counters
 *   apart             a stack that functions do not inherit
 *
 * The server's own side of HTTP lies in hosts/http, from listener to answer: it asks the modules here for limits, and
 * gives them whole requests. So does the small client that sidecar_log and Lambda use. What Lambda uses as well
 * (function_process, worker, json_log, apart) lies in hosts.
 *
 * Functions are forked from the server, in which Python has started as far as all runs do the same
 * (supervisor/template.c). Nothing of a request lies in memory that a fork copies: what is kept of it is in mappings
 * that functions do not get (MADV_DONTFORK), and whoever handles it runs on such a stack (apart.c), from which nothing
 * is forked. */
#pragma once

int serve_run(int argc, char **argv); /* the exit status */
