/* Lines from TCP servers to MQTT at QoS 1, as fast as the broker takes them: limit BROKER_PORT HOST:PORT...
 *
 * One thread, epoll, MQTT 3.1.1, a window of unacknowledged messages; nothing is read from a reader while the window is
 * full. No checks, no journal, no second try: it shows where the limit is, not how a bridge should be.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WINDOW = 100, TURN = 20, LINE = 512, BUFFER = 16384, EVENTS = 64 };

struct reader {
    int fd, index;
    size_t start, end;
    char buffer[BUFFER];
};

static int broker, inflight, stalled;
static unsigned packet_id;
static unsigned char out[2 * WINDOW * (LINE + 64)];
static size_t out_size;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int connect_to(const char *host, int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail(host);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void write_all(const unsigned char *data, size_t size) {
    while (size > 0) {
        ssize_t n = send(broker, data, size, MSG_NOSIGNAL);
        if (n < 0)
            fail("send to the broker");
        data += n;
        size -= n;
    }
}

static void add_publish(int index, const char *line, size_t size) {
    char topic[32];
    int topic_size = snprintf(topic, sizeof topic, "bench/%d", index);
    size_t rest = 2 + topic_size + 2 + size + 11;
    unsigned char *to = out + out_size;
    *to++ = 0x32;
    if (rest >= 128) {
        *to++ = (rest & 0x7f) | 0x80;
        rest >>= 7;
    }
    *to++ = rest;
    *to++ = 0;
    *to++ = topic_size;
    memcpy(to, topic, topic_size);
    to += topic_size;
    packet_id = packet_id % 65535 + 1;
    *to++ = packet_id >> 8;
    *to++ = packet_id;
    memcpy(to, "{\"line\":\"", 9);
    memcpy(to + 9, line, size);
    memcpy(to + 9 + size, "\"}", 2);
    out_size = to + 11 + size - out;
    inflight++;
}

/* Publish the next lines of a reader, as far as its turn and the window go. */
static void take_lines(struct reader *reader) {
    for (int i = 0; i < TURN && inflight < WINDOW; i++) {
        char *start = reader->buffer + reader->start;
        char *end = memchr(start, '\n', reader->end - reader->start);
        if (!end)
            return;
        size_t size = end - start;
        reader->start += size + 1;
        if (size > 0 && start[size - 1] == '\r')
            size--;
        if (size <= LINE)
            add_publish(reader->index, start, size);
    }
    stalled |= reader->start < reader->end;
}

static void receive_lines(struct reader *reader) {
    if (reader->end - reader->start == BUFFER)
        return;
    memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
    ssize_t n = recv(reader->fd, reader->buffer + reader->end, BUFFER - reader->end, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        fail("a reader closed");
    if (n > 0)
        reader->end += n;
}

static void receive_acknowledgements(int flags) {
    static size_t odd;
    unsigned char buffer[BUFFER];
    ssize_t n = recv(broker, buffer, sizeof buffer, flags);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        fail("the broker closed");
    if (n > 0) {
        inflight -= (odd + n) / 4;
        odd = (odd + n) % 4;
    }
}

int main(int argc, char **argv) {
    static const unsigned char hello[] = "\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05limit";
    unsigned char welcome[4];
    int count = argc - 2, first = 0, poll = epoll_create1(0);
    struct reader *readers = calloc(count, sizeof *readers);
    struct epoll_event events[EVENTS], wish = {.events = EPOLLIN};

    broker = connect_to("127.0.0.1", atoi(argv[1]));
    write_all(hello, sizeof hello - 1);
    if (recv(broker, welcome, 4, MSG_WAITALL) != 4 || welcome[3] != 0)
        fail("the broker refused");
    epoll_ctl(poll, EPOLL_CTL_ADD, broker, &wish);
    for (int i = 0; i < count; i++) {
        char *colon = strchr(argv[i + 2], ':');
        *colon = 0;
        readers[i].fd = connect_to(argv[i + 2], atoi(colon + 1));
        readers[i].index = i;
        wish.data.ptr = &readers[i];
        epoll_ctl(poll, EPOLL_CTL_ADD, readers[i].fd, &wish);
    }
    for (;;) {
        if (inflight >= WINDOW)
            receive_acknowledgements(0);
        int n = epoll_wait(poll, events, EVENTS, stalled ? 0 : -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL)
                receive_acknowledgements(MSG_DONTWAIT);
            else
                receive_lines(events[i].data.ptr);
        }
        stalled = 0;
        for (int i = 0; i < count; i++)
            take_lines(&readers[(first + i) % count]);
        first = (first + 1) % count;
        write_all(out, out_size);
        out_size = 0;
    }
}
