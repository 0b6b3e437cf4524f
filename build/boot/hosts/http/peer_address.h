#pragma once

#include <sys/socket.h>

/* `text`: ADDRESS:PORT, of IPv4, IPv6 in brackets, or localhost. The length of the address; 0: it is none of these. */
socklen_t peer_address(const char *text, struct sockaddr_storage *peer);
