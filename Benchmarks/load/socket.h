// One client socket: connects, upgrades to WebSocket, cuts what arrives into text frames; also a plain connection to
// Redis. Everything runs on one thread over one epoll.
#ifndef SOCKET_H
#define SOCKET_H

#include <stddef.h>
#include <stdint.h>

enum socket_state { CONNECTING, UPGRADING, OPEN, CLOSED };

struct client_socket {
  int fd;
  enum socket_state state;
  int is_redis;                 // bytes are counted for errors only, no upgrade, no frames
  int wants_write;
  const char *path, *cookie;    // of the upgrade request
  char *rest;                   // bytes of a frame that has not arrived whole
  size_t rest_length, rest_capacity;
  char *out;                    // bytes the kernel did not take yet
  size_t out_length, out_sent, out_capacity;
};

// Called when the socket is open (upgraded, or connected to Redis).
typedef void opened_handler(struct client_socket *);
// Called for each complete text message.
typedef void text_handler(struct client_socket *, const char *text, size_t length, uint64_t arrived_ns);

void sockets_start(opened_handler *, text_handler *);
void socket_open(struct client_socket *, int port);
void socket_send(struct client_socket *, const char *bytes, size_t length);
void socket_send_text(struct client_socket *, const char *text, size_t length);  // one masked frame
void sockets_poll(int64_t nanoseconds);

// What went wrong so far: sockets refused or closed, frames against RFC 6455, error replies of Redis.
struct socket_errors { uint64_t closed, protocol, redis; };
extern struct socket_errors socket_errors;

#endif
