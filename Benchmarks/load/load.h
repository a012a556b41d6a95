// What the parts of the load client share: its options, the rooms, the members, and what was counted.
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "measure.h"
#include "socket.h"

enum { RING = 1024, PAYLOAD = 4096 };
enum mode { HOLD, FEED, SEND };

struct load_options {
  int port, redis_port, pid, window, payload, senders, is_floor;
  double seconds, warm_up, rate;
  enum mode mode;
  const char *ready_text, *header_text;
};

// What was published last in a room, so that a frame can be compared with what it must be.
struct published { uint64_t seq, at_ns; size_t length; char *bytes; };

struct room {
  char *id, *channel;
  char epoch[32];
  uint64_t seq;  // of the last event
  int members;
  struct published ring[RING];
};

struct member {
  struct client_socket socket;  // first: the handlers get its address
  struct room *room;
  char *hello;
  uint64_t next_seq;
  int is_ready;
};

struct load_counts { uint64_t sent, delivered, answered, refused, wrong, other; };

extern struct load_options options;
extern struct member *members;
extern struct room *rooms;
extern int member_count, room_count, ready_count;
extern struct client_socket redis;
// Whether frames are counted, and whether their times are.
extern int is_running, is_measuring;
extern struct load_counts counts;

// Reads the command line and the lists that it names; ends with a word on how to use it when they are wrong.
void read_options(int count, char **words);
// A line per room, and one per socket; see `load --help`.
void read_rooms(const char *path);
void read_members(const char *path);

// What comes in, as socket.h calls it.
void socket_opened(struct client_socket *s);
void text_arrived(struct client_socket *s, const char *text, size_t length, uint64_t arrived_ns);

// Sends what is due: as much as the window allows, or by the clock. Returns how long nothing will be due, in ns.
int64_t send_due(uint64_t started_ns);

#endif
