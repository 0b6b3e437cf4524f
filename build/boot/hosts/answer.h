#ifndef FN_ANSWER_H
#define FN_ANSWER_H

struct connection;
struct worker;
/* With a run: from its report. */
void answer_outcome(struct connection *connection, struct worker *worker);
/* Without: a status and a sentence; more headers, each with its end of line. */
void answer_plainly(struct connection *connection, int status, const char *headers, const char *message);
void answer_send(struct connection *connection); /* goes on, as far as the client takes it */

#endif
