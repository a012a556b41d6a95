// The load client: opens sockets, joins them to rooms, and then
//   --mode hold   does nothing (memory of idle connections),
//   --mode feed   publishes to Redis as chat's scripts do and compares every frame that comes byte by byte,
//   --mode send   sends messages through the sockets and measures from sending to seeing.
// Prints one JSON object. Benchmarks/measure drives it; `load --help` lists the options.
#define _GNU_SOURCE
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "load.h"

enum { BURST = 100 };

struct member *members;
struct room *rooms;
int member_count, room_count, ready_count;
struct client_socket redis = {.is_redis = 1, .path = "", .cookie = ""};
int is_running, is_measuring;
struct load_counts counts;

// Opens all sockets, a hundred at a time, and waits until each has joined its room.
static void open_all(void) {
  uint64_t deadline = now_ns() + 120000000000u;
  int opened_count = 0;
  while (ready_count < member_count) {
    while (opened_count < member_count && opened_count - ready_count < BURST) socket_open(&members[opened_count++].socket, options.port);
    sockets_poll(20000000);
    if (socket_errors.closed + socket_errors.protocol) die("a socket was refused or closed while joining (%d of %d ready)", ready_count, member_count);
    if (now_ns() > deadline) die("only %d of %d sockets became ready", ready_count, member_count);
  }
  if (options.redis_port) {
    socket_open(&redis, options.redis_port);
    while (redis.state == CONNECTING) sockets_poll(20000000);
    if (redis.state != OPEN) die("no Redis on port %d", options.redis_port);
  }
}

static void poll_for(double seconds) {
  for (uint64_t until = now_ns() + (uint64_t)(seconds * 1e9), now; (now = now_ns()) < until;) sockets_poll((int64_t)(until - now));
}

int main(int count, char **words) {
  read_options(count, words);
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files = {0};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  sockets_start(socket_opened, text_arrived);
  struct process_usage before = process_usage(options.pid);
  open_all();
  poll_for(options.mode == HOLD ? options.seconds : 1);  // what joining stirred up settles
  struct process_usage settled = process_usage(options.pid), start = settled, end = settled;
  is_running = 1;
  for (int i = 0; i < member_count; i++) members[i].next_seq = members[i].room->seq + 1;

  uint64_t started_ns = now_ns(), measured_ns = started_ns, base = 0, base_sent = 0;
  double wall_s = 0;
  while (options.mode != HOLD) {
    uint64_t now = now_ns();
    if (!is_measuring && now - started_ns >= (uint64_t)(options.warm_up * 1e9)) {
      is_measuring = 1;
      measured_ns = now;
      base = counts.delivered;
      base_sent = counts.sent;
      start = process_usage(options.pid);
    }
    if (is_measuring && now - measured_ns >= (uint64_t)(options.seconds * 1e9)) {
      wall_s = (double)(now - measured_ns) / 1e9;
      end = process_usage(options.pid);
      break;
    }
    int64_t idle = send_due(started_ns);
    sockets_poll(idle < 20000000 ? idle : 20000000);
  }
  uint64_t in_time = counts.delivered - base, sent_in_time = counts.sent - base_sent;
  uint64_t expected = (uint64_t)((double)counts.sent * member_count / room_count);
  for (uint64_t until = now_ns() + 3000000000u; counts.delivered < expected && now_ns() < until;) sockets_poll(20000000);

  double cpu_s = end.cpu_s - start.cpu_s;
  printf("{\"sockets\":%d,\"sent\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"wall_s\":%.3f,\"cpu_s\":%.2f,\"per_cpu_s\":%.0f,"
         "\"missing\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"other\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"refused\":%" PRIu64 ","
         "\"p50_us\":%.0f,\"p90_us\":%.0f,\"p99_us\":%.0f,\"latencies\":%" PRIu64 ",\"resident_before_kb\":%ld,\"resident_kb\":%ld,"
         "\"closed\":%" PRIu64 ",\"protocol_errors\":%" PRIu64 ",\"redis_errors\":%" PRIu64 "}\n",
         member_count, sent_in_time, in_time, wall_s, cpu_s, cpu_s > 0 ? (double)in_time / cpu_s : 0.0,
         expected - (counts.delivered < expected ? counts.delivered : expected), counts.wrong, counts.other, counts.answered, counts.refused, histogram_percentile_us(.5),
         histogram_percentile_us(.9), histogram_percentile_us(.99), histogram_count(), before.resident_kb, settled.resident_kb,
         socket_errors.closed, socket_errors.protocol, socket_errors.redis);
  return counts.wrong || socket_errors.protocol || socket_errors.redis || counts.delivered < expected ? 1 : 0;
}
