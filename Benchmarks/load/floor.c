// The practical limit: one thread, fed by Redis, one write() for each delivery, nothing else. It answers only the fixed
// key of the load client, ignores what clients send and drops what a slow reader does not take. Not a real server.
//
//   floor PORT REDIS-PORT      GET /ws/K joins room K (a number below 1024); PUBLISH room:K PAYLOAD reaches it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS = 65536, ROOMS = 1024, BUFFER = 1 << 20 };
enum { NONE, ACCEPTED, JOINED };

static struct { char state; int room, position; } clients[DESCRIPTORS];
static struct { int *descriptors, count, capacity; } rooms[ROOMS];
static int epoll;
static unsigned long dropped;

static void watch(int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static void join(int descriptor, int number) {
  typeof(rooms[0]) *room = &rooms[number];
  if (room->count == room->capacity) {
    room->capacity = room->capacity ? room->capacity * 2 : 16;
    room->descriptors = realloc(room->descriptors, sizeof(int) * (size_t)room->capacity);
  }
  clients[descriptor].state = JOINED;
  clients[descriptor].room = number;
  clients[descriptor].position = room->count;
  room->descriptors[room->count++] = descriptor;
}

static void leave(int descriptor) {
  if (clients[descriptor].state == JOINED) {
    typeof(rooms[0]) *room = &rooms[clients[descriptor].room];
    int last = room->descriptors[--room->count];
    room->descriptors[clients[descriptor].position] = last;
    clients[last].position = clients[descriptor].position;
  }
  clients[descriptor].state = NONE;
  close(descriptor);
}

static void deliver(int number, const char *payload, size_t length) {
  static unsigned char frame[BUFFER];
  size_t head = 2;
  frame[0] = 0x81;
  if (length < 126) {
    frame[1] = (unsigned char)length;
  } else {
    frame[1] = 126;
    frame[2] = (unsigned char)(length >> 8);
    frame[3] = (unsigned char)length;
    head = 4;
  }
  memcpy(frame + head, payload, length);
  for (int i = 0; i < rooms[number].count; i++)
    if (write(rooms[number].descriptors[i], frame, head + length) != (ssize_t)(head + length)) dropped++;
}

// One element of a reply: a bulk string, or a number (length 0). Returns what follows it, or NULL when it is not whole.
static char *element(char *at, char *end, char **text, long *length) {
  char *line_end = memchr(at, '\n', (size_t)(end - at));
  if (!line_end) return NULL;
  *length = *at == '$' ? atol(at + 1) : 0;
  *text = *at == '$' ? line_end + 1 : at;
  if (*at != '$') return line_end + 1;
  return end - *text >= *length + 2 ? *text + *length + 2 : NULL;
}

static void redis_readable(int descriptor) {
  static char bytes[BUFFER];
  static size_t kept;
  ssize_t got = read(descriptor, bytes + kept, sizeof bytes - kept);
  if (got <= 0) exit(0);  // the measurement ended and took Redis with it
  char *at = bytes, *end = bytes + kept + got;
  for (;;) {
    char *next = memchr(at, '\n', (size_t)(end - at)), *texts[4] = {0};
    long lengths[4] = {0};
    if (!next || *at != '*') break;
    int parts = atoi(at + 1);
    next++;
    for (int i = 0; i < parts && i < 4 && next; i++) next = element(next, end, &texts[i], &lengths[i]);
    if (!next) break;
    // pmessage, pattern, channel "room:K", payload
    if (parts == 4) deliver(atoi(texts[2] + 5) % ROOMS, texts[3], (size_t)lengths[3]);
    at = next;
  }
  kept = (size_t)(end - at);
  memmove(bytes, at, kept);
}

static void client_readable(int descriptor) {
  static const char welcome[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  char request[8192];
  ssize_t got = read(descriptor, request, sizeof request - 1);
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) leave(descriptor);
    return;
  }
  if (clients[descriptor].state != ACCEPTED) return;
  request[got] = 0;
  int number = 0;
  if (sscanf(request, "GET /ws/%d", &number) != 1 || number < 0 || number >= ROOMS ||
      write(descriptor, welcome, sizeof welcome - 1) < 0) {
    leave(descriptor);
    return;
  }
  join(descriptor, number);
}

int main(int count, char **words) {
  static const char subscribe[] = "*2\r\n$10\r\nPSUBSCRIBE\r\n$6\r\nroom:*\r\n";
  int one = 1;
  if (count != 3) {
    fputs("floor PORT REDIS-PORT\n", stderr);
    return 2;
  }
  struct rlimit files = {0};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max < DESCRIPTORS ? files.rlim_max : DESCRIPTORS;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  epoll = epoll_create1(0);

  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
    perror("floor: bind");
    return 1;
  }
  address.sin_port = htons((uint16_t)atoi(words[2]));
  int redis = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(redis, (struct sockaddr *)&address, sizeof address) || write(redis, subscribe, sizeof subscribe - 1) < 0) {
    perror("floor: redis");
    return 1;
  }
  watch(listener);
  watch(redis);
  for (struct epoll_event events[512];;) {
    int ready = epoll_wait(epoll, events, 512, -1);
    for (int i = 0; i < ready; i++) {
      int descriptor = events[i].data.fd;
      if (descriptor == redis) {
        redis_readable(descriptor);
      } else if (descriptor == listener) {
        for (int c; (c = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0;) {
          setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          clients[c].state = ACCEPTED;
          watch(c);
        }
      } else {
        client_readable(descriptor);
      }
    }
  }
}
