// A mail server that costs almost nothing, so that the notifier is measured and not what it talks to: one thread, one
// epoll, every mail is taken and thrown away. For loopback.
//
//   sink PORT      RFC 5321 as far as a client needs it, pipelined or not; COUNT is answered with the mails so far.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS = 4096, LINE = 256, BUFFER = 64 << 10 };

// What is known of a connection: the beginning of its present line, and whether a mail's text is being sent.
static struct { char line[LINE]; int length, is_text; } clients[DESCRIPTORS];
static unsigned long mails;
static int epoll;

static void watch(int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static int begins(const char *line, const char *word) { return !strncasecmp(line, word, strlen(word)); }

// Writes the answer to one line, if it gets one; returns its length, or -1 when the connection is to end after it.
static int answer(int descriptor, char *out) {
  const char *line = clients[descriptor].line;
  if (clients[descriptor].is_text) {
    if (strcmp(line, ".")) return 0;
    clients[descriptor].is_text = 0;
    mails++;
    return sprintf(out, "250 2.0.0 taken\r\n");
  }
  if (begins(line, "EHLO")) return sprintf(out, "250-sink\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 8BITMIME\r\n");
  if (begins(line, "DATA")) {
    clients[descriptor].is_text = 1;
    return sprintf(out, "354 end with a dot\r\n");
  }
  if (begins(line, "COUNT")) return sprintf(out, "250 %lu\r\n", mails);
  if (begins(line, "QUIT")) return -1;
  static const char *const taken[] = {"HELO", "MAIL", "RCPT", "RSET", "NOOP"};
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (begins(line, taken[i])) return sprintf(out, "250 2.0.0 ok\r\n");
  return sprintf(out, "502 5.5.1 unknown\r\n");
}

static void readable(int descriptor) {
  static char in[BUFFER], out[BUFFER];
  ssize_t got = read(descriptor, in, sizeof in);
  if (got <= 0) {
    close(descriptor);
    return;
  }
  int length = 0, is_over = 0;
  for (ssize_t i = 0; i < got && !is_over && length < BUFFER - LINE; i++) {
    typeof(clients[0]) *client = &clients[descriptor];
    if (in[i] != '\n') {
      if (client->length < LINE - 1) client->line[client->length++] = in[i];
      continue;
    }
    if (client->length && client->line[client->length - 1] == '\r') client->length--;
    client->line[client->length] = 0;
    client->length = 0;
    int added = answer(descriptor, out + length);
    if (added >= 0) {
      length += added;
    } else {
      length += sprintf(out + length, "221 2.0.0 bye\r\n");
      is_over = 1;
    }
  }
  if (length && write(descriptor, out, (size_t)length) != length) is_over = 1;
  if (is_over) close(descriptor);
}

int main(int count, char **words) {
  int one = 1;
  if (count != 2) {
    fputs("sink PORT\n", stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
    perror("sink: bind");
    return 1;
  }
  watch(listener);
  for (struct epoll_event events[256];;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd != listener) {
        readable(events[i].data.fd);
        continue;
      }
      for (int c; (c = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0;) {
        if (c >= DESCRIPTORS) {
          close(c);
          continue;
        }
        setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        clients[c].length = clients[c].is_text = 0;
        watch(c);
        if (write(c, "220 sink ESMTP\r\n", 16) != 16) close(c);
      }
    }
  }
}
