#pragma once

struct connection;
void requests_open(void);
void request_expect(struct connection *connection); /* a new client's first */
void request_cut(struct connection *connection); /* it is not whole and will not be: what there is of its head can be read */
const char *request_header(const struct connection *connection, const char *name); /* in small letters; NULL: there is none */
