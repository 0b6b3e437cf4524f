#pragma once

#include <stdbool.h>

struct connection;
bool clients_open(unsigned most);
struct connection *client_new(void); /* NULL: there is no room */
void client_set_idle(struct connection *client);
void client_has_begun(struct connection *client); /* a request */
void client_set_busy(struct connection *client, bool busy);
void client_drop_files(struct connection *client); /* of its request and its answer */
void client_linger(struct connection *client);
void client_end(struct connection *client);
bool clients_make_room(void); /* who has been silent for longest ends; false: nobody is silent */
void clients_each(void (*handle)(struct connection *client));
void clients_end_idle(void);
unsigned clients_busy(void); /* with a request under way */
