/* Where a peer is, by its number: no names are looked up, which could take long, and would need files. */
#include "hosts/http/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_port(const char *text, in_port_t *port)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long number = strtoul(text, NULL, 10);
    *port = htons((in_port_t)number);
    return digits > 0 && digits < 6 && !text[digits] && number && number < 65536;
}

socklen_t peer_address(const char *text, struct sockaddr_storage *peer)
{
    struct sockaddr_in *four = (struct sockaddr_in *)peer;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)peer;
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN];
    if (!colon)
        return 0;
    bool is_six = *text == '[' && colon > text + 1 && colon[-1] == ']';
    const char *start = text + is_six;
    size_t length = (size_t)(colon - start) - is_six;
    if (length >= sizeof host)
        return 0;
    memcpy(host, start, length);
    host[length] = 0;
    if (is_six) {
        six->sin6_family = AF_INET6;
        return inet_pton(AF_INET6, host, &six->sin6_addr) == 1 && read_port(colon + 1, &six->sin6_port) ? sizeof *six : 0;
    }
    four->sin_family = AF_INET;
    return inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &four->sin_addr) == 1 &&
           read_port(colon + 1, &four->sin_port) ? sizeof *four : 0;
}
