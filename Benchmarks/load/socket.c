#define _GNU_SOURCE
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum { READ_SIZE = 256 << 10, BUFFER_SIZE = 8 << 20 };

struct socket_errors socket_errors;
static int epoll;
static opened_handler *on_opened;
static text_handler *on_text;
static char buffer[BUFFER_SIZE];

void sockets_start(opened_handler *opened, text_handler *text) {
  epoll = epoll_create1(EPOLL_CLOEXEC);
  on_opened = opened;
  on_text = text;
}

static void shut(struct client_socket *s, uint64_t *counter) {
  if (s->state == CLOSED) return;
  (*counter)++;
  s->state = CLOSED;
  close(s->fd);
  free(s->rest);
  free(s->out);
  s->rest = s->out = NULL;
  s->rest_length = s->rest_capacity = s->out_length = s->out_sent = s->out_capacity = 0;
}

static void want_write(struct client_socket *s, int wants) {
  if (s->wants_write == wants) return;
  struct epoll_event event = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = s};
  epoll_ctl(epoll, EPOLL_CTL_MOD, s->fd, &event);
  s->wants_write = wants;
}

void socket_open(struct client_socket *s, int port) {
  int one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s->fd < 0) die("socket: %s", strerror(errno));
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  s->state = CONNECTING;
  s->wants_write = 1;
  if (connect(s->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
    shut(s, &socket_errors.closed);
    return;
  }
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = s};
  epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event);
}

void socket_send(struct client_socket *s, const char *bytes, size_t length) {
  if (s->state == CLOSED) return;
  if (s->out_sent == s->out_length) {
    ssize_t sent = send(s->fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
      shut(s, &socket_errors.closed);
      return;
    }
    if (sent < 0) sent = 0;
    bytes += sent;
    length -= (size_t)sent;
    s->out_sent = s->out_length = 0;
    if (!length) return;
  }
  if (s->out_length + length > s->out_capacity) {
    s->out_capacity = (s->out_length + length) * 2;
    s->out = realloc(s->out, s->out_capacity);
  }
  memcpy(s->out + s->out_length, bytes, length);
  s->out_length += length;
  want_write(s, 1);
}

static void send_frame(struct client_socket *s, int opcode, const char *payload, size_t length) {
  static char frame[(1 << 16) + 16];
  static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};  // the example of RFC 6455, section 5.7
  size_t head = 2;
  if (length >= 1 << 16) die("a frame of %zu bytes is too long for the load client", length);
  frame[0] = (char)(0x80 | opcode);
  frame[1] = (char)(0x80 | (length < 126 ? length : 126));
  if (length >= 126) {
    frame[2] = (char)(length >> 8);
    frame[3] = (char)length;
    head = 4;
  }
  memcpy(frame + head, mask, 4);
  head += 4;
  for (size_t i = 0; i < length; i++) frame[head + i] = (char)((unsigned char)payload[i] ^ mask[i & 3]);
  socket_send(s, frame, head + length);
}

void socket_send_text(struct client_socket *s, const char *text, size_t length) { send_frame(s, 1, text, length); }

static void flush(struct client_socket *s) {
  while (s->out_sent < s->out_length) {
    ssize_t sent = send(s->fd, s->out + s->out_sent, s->out_length - s->out_sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN) shut(s, &socket_errors.closed);
      return;
    }
    s->out_sent += (size_t)sent;
  }
  s->out_length = s->out_sent = 0;
  want_write(s, 0);
}

static void connected(struct client_socket *s) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) {
    shut(s, &socket_errors.closed);
    return;
  }
  want_write(s, 0);
  if (s->is_redis) {
    s->state = OPEN;
    on_opened(s);
    return;
  }
  char request[2048];
  // A fixed key: its answer is known, so the client can check it without hashing (RFC 6455, section 1.3).
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                        s->path, *s->cookie ? "Cookie: " : "", s->cookie, *s->cookie ? "\r\n" : "");
  s->state = UPGRADING;
  socket_send(s, request, (size_t)length);
}

// Cuts complete frames off; returns the bytes used. Server frames are unmasked and here never fragmented: anything
// else is counted as an error of the server.
static size_t cut_frames(struct client_socket *s, char *bytes, size_t length, uint64_t arrived_ns) {
  size_t used = 0;
  while (length - used >= 2) {
    unsigned char *p = (unsigned char *)bytes + used;
    uint64_t payload = p[1] & 127;
    size_t head = 2;
    if (payload == 126) {
      if (length - used < 4) break;
      payload = (uint64_t)p[2] << 8 | p[3];
      head = 4;
    } else if (payload == 127) {
      if (length - used < 10) break;
      payload = 0;
      for (int i = 0; i < 8; i++) payload = payload << 8 | p[2 + i];
      head = 10;
    }
    if ((p[1] & 0x80) || (p[0] & 0xf0) != 0x80 || payload > BUFFER_SIZE - READ_SIZE - 16) {
      shut(s, &socket_errors.protocol);
      return length;
    }
    if (length - used < head + payload) break;
    int opcode = p[0] & 15;
    char *text = bytes + used + head;
    if (opcode == 1) on_text(s, text, payload, arrived_ns);
    else if (opcode == 9) send_frame(s, 10, text, payload);
    else if (opcode != 10) shut(s, opcode == 8 ? &socket_errors.closed : &socket_errors.protocol);
    if (s->state == CLOSED) return length;
    used += head + payload;
  }
  return used;
}

static void readable(struct client_socket *s) {
  size_t length = s->rest_length;
  if (length) memcpy(buffer, s->rest, length);
  ssize_t got = recv(s->fd, buffer + length, READ_SIZE, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    shut(s, &socket_errors.closed);
    return;
  }
  if (s->is_redis) {
    for (ssize_t i = 0; i < got; i++) socket_errors.redis += buffer[i] == '-' && (i == 0 || buffer[i - 1] == '\n');
    return;
  }
  uint64_t arrived_ns = now_ns();
  size_t used = 0;
  length += (size_t)got;
  if (s->state == UPGRADING) {
    char *end = memmem(buffer, length, "\r\n\r\n", 4);
    if (end) {
      if (strncmp(buffer, "HTTP/1.1 101", 12) || !memmem(buffer, length, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28)) {
        if (!socket_errors.closed) fprintf(stderr, "load: upgrade refused: %.*s\n", (int)strcspn(buffer, "\r"), buffer);
        shut(s, &socket_errors.closed);
        return;
      }
      used = (size_t)(end - buffer) + 4;
      s->state = OPEN;
      on_opened(s);
    }
  }
  if (s->state == OPEN) used += cut_frames(s, buffer + used, length - used, arrived_ns);
  if (s->state == CLOSED) return;
  s->rest_length = length - used;
  if (s->rest_length > s->rest_capacity) {
    s->rest_capacity = s->rest_length * 2;
    s->rest = realloc(s->rest, s->rest_capacity);
  }
  if (s->rest_length) memcpy(s->rest, buffer + used, s->rest_length);
}

void sockets_poll(int64_t nanoseconds) {
  static struct epoll_event events[1024];
  struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  int count = epoll_pwait2(epoll, events, 1024, &limit, NULL);
  for (int i = 0; i < count; i++) {
    struct client_socket *s = events[i].data.ptr;
    if (s->state == CONNECTING) {
      if (events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) connected(s);
      continue;
    }
    if (s->state != CLOSED && events[i].events & EPOLLOUT) flush(s);
    if (s->state != CLOSED && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(s);
  }
}
