#pragma once

struct connection;
void dispatch(struct connection *connection);
void dispatch_refusal(struct connection *connection); /* of what is no request, or too much of one: its `refusal` */
