// What the sockets of the load client hear: frames are counted, compared and timed.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

// number_after TEXT KEY: the number behind the first KEY, or 0.
static uint64_t number_after(const char *text, size_t length, const char *key) {
  const char *at = memmem(text, length, key, strlen(key));
  return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

// Before the run: the join's answer and the pushes tell the room's epoch and how far it is.
static void learn(struct room *room, const char *text, size_t length) {
  const char *epoch = memmem(text, length, "\"epoch\":\"", 9);
  if (epoch) sscanf(epoch + 9, "%31[^\"]", room->epoch);
  uint64_t seq = number_after(text, length, "\"seq\":");
  if (seq > room->seq) room->seq = seq;
}

void socket_opened(struct client_socket *s) {
  if (s->is_redis) return;
  struct member *member = (struct member *)s;
  if (*member->hello) socket_send_text(s, member->hello, strlen(member->hello));
  if (!*options.ready_text) {
    member->is_ready = 1;
    ready_count++;
  }
}

static void report_wrong(struct member *member, const char *text, size_t length) {
  if (counts.wrong++) return;
  struct published *wanted = &member->room->ring[member->next_seq % RING];
  fprintf(stderr, "load: wrong frame in %s, wanted seq %" PRIu64 "\n  got    %.*s\n  wanted %.*s\n", member->room->id,
          member->next_seq, (int)length, text, wanted->bytes ? (int)wanted->length : 0, wanted->bytes);
}

static void count_latency(uint64_t from_ns, uint64_t arrived_ns) {
  if (is_measuring && from_ns && arrived_ns > from_ns) histogram_add(arrived_ns - from_ns);
}

static void message_fed(struct member *member, const char *text, size_t length, uint64_t arrived_ns) {
  struct published *wanted = &member->room->ring[member->next_seq % RING];
  if (wanted->seq != member->next_seq || wanted->length != length || memcmp(wanted->bytes, text, length)) {
    report_wrong(member, text, length);
    return;
  }
  member->next_seq++;
  counts.delivered++;
  count_latency(wanted->at_ns, arrived_ns);
}

static void message_seen(struct member *member, const char *text, size_t length, uint64_t arrived_ns) {
  uint64_t seq = number_after(text, length, "\"seq\":");
  if (seq != member->next_seq) report_wrong(member, text, length);
  member->next_seq = seq + 1;
  counts.delivered++;
  count_latency(number_after(text, length, "t0="), arrived_ns);
}

void text_arrived(struct client_socket *s, const char *text, size_t length, uint64_t arrived_ns) {
  struct member *member = (struct member *)s;
  if (!is_running) {
    learn(member->room, text, length);
    if (!member->is_ready && memmem(text, length, options.ready_text, strlen(options.ready_text))) {
      member->is_ready = 1;
      ready_count++;
    }
    return;
  }
  int is_message = options.is_floor || (length > 22 && !memcmp(text, "{\"event\":\"new_message\"", 22));
  if (is_message && options.mode == FEED) message_fed(member, text, length, arrived_ns);
  else if (is_message) message_seen(member, text, length, arrived_ns);
  else if (length > 6 && !memcmp(text, "{\"id\":", 6)) *(memmem(text, length, "\"ok\":", 5) ? &counts.answered : &counts.refused) += 1;
  else counts.other++;
}
