/* The least that a process for each request can be, as a server of HTTP: bare PORT PAGES. It forks for each request; the child
 * writes to as many pages of memory, answers and ends. Nothing is parsed, logged, limited or shared out. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{\"greeting\":\"Hello, Ada!\"}";

static void serve(int client, char *memory, int pages)
{
    char request[4096];
    if (recv(client, request, sizeof request, MSG_DONTWAIT) <= 0) {
        close(client);
        return;
    }
    if (fork() != 0)
        return;
    for (int page = 0; page < pages; page++)
        memory[page * PAGE] = 2;
    if (send(client, answer, strlen(answer), MSG_NOSIGNAL) < 0)
        _exit(1);
    _exit(0);
}

int main(int argc, char **argv)
{
    int yes = 1, epoll = epoll_create1(0), door = socket(AF_INET, SOCK_STREAM, 0), pages = argc == 3 ? atoi(argv[2]) : 0;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door};
    char *memory = mmap(NULL, (size_t)(pages + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (argc != 3 || memory == MAP_FAILED)
        return 2;
    for (int page = 0; page < pages; page++)
        memory[page * PAGE] = 1;
    place.sin_port = htons((uint16_t)atoi(argv[1]));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&place, sizeof place) < 0 || listen(door, 512) < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, door, &event) < 0) {
        perror("bare");
        return 1;
    }
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (event.data.fd != door) {
            serve(event.data.fd, memory, pages);
            continue;
        }
        struct epoll_event news = {.events = EPOLLIN, .data.fd = accept4(door, NULL, NULL, SOCK_CLOEXEC)};
        setsockopt(news.data.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (news.data.fd >= 0)
            epoll_ctl(epoll, EPOLL_CTL_ADD, news.data.fd, &news);
    }
}
