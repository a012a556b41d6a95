// What the load client sends: publications past chat, or messages through the sockets.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

// The first line of a publication, as the other side of the channel expects it.
static int expand_header(char *line, size_t size, const struct room *room) {
  size_t length = 0;
  for (const char *at = options.header_text; *at && length + 1 < size; at++) {
    char number[24];
    const char *text = NULL;
    snprintf(number, sizeof number, "%" PRIu64, room->seq);
    if (at[0] == '%') text = at[1] == 'r' ? room->id : at[1] == 'e' ? room->epoch : at[1] == 's' ? number : NULL;
    if (text) {
      length += (size_t)snprintf(line + length, size - length, "%s", text);
      at++;
    } else {
      line[length++] = *at;
    }
  }
  if (length + 2 > size) die("the header is too long");
  line[length++] = '\n';
  line[length] = 0;
  return (int)length;
}

// Publishes the next message of a room: for the gateway a header and the JSON, for the floor the finished frame.
static void publish(struct room *room) {
  static char frame[PAYLOAD], body[PAYLOAD], command[3 * PAYLOAD];
  struct published *slot = &room->ring[++room->seq % RING];
  slot->seq = room->seq;
  slot->at_ns = now_ns();
  int head = snprintf(frame, sizeof frame, "{\"event\":\"new_message\",\"room_id\":\"%s\",\"epoch\":\"%s\",\"seq\":%" PRIu64 ",\"data\":",
                      room->id, room->epoch, room->seq);
  int start = snprintf(body, sizeof body, "{\"seq\":%" PRIu64 ",\"timestamp\":%" PRIu64 ",\"content\":\"", room->seq, slot->at_ns);
  int fill = options.payload - head - start - 3;  // …"}}
  if (fill < 1) die("--payload %d is too short", options.payload);
  memset(body + start, 'x', (size_t)fill);
  memcpy(body + start + fill, "\"}", 3);
  slot->length = (size_t)snprintf(slot->bytes, PAYLOAD, "%s%s}", frame, body);

  int length;
  if (options.is_floor) {
    length = snprintf(command, sizeof command, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(room->channel),
                      room->channel, slot->length, slot->bytes);
  } else {
    char header[512];
    int header_length = expand_header(header, sizeof header, room);
    length = snprintf(command, sizeof command, "*3\r\n$8\r\nSPUBLISH\r\n$%zu\r\n%s\r\n$%zu\r\n%s%s\r\n", strlen(room->channel),
                      room->channel, (size_t)header_length + strlen(body), header, body);
  }
  socket_send(&redis, command, (size_t)length);
}

static void send_message(struct member *member, uint64_t due_ns) {
  char text[PAYLOAD];
  int length = snprintf(text, sizeof text,
                        "{\"id\":%" PRIu64 ",\"event\":\"send_message\",\"data\":{\"room_id\":\"%s\",\"client_id\":\"load-%" PRIu64 "-%" PRIu64
                        "\",\"content\":\"t0=%" PRIu64 " %0100d\"}}", counts.sent, member->room->id, due_ns, counts.sent, due_ns, 0);
  socket_send_text(&member->socket, text, (size_t)length);
}

int64_t send_due(uint64_t started_ns) {
  double fan_out = (double)member_count / room_count;
  for (;;) {
    if (options.mode == FEED) {
      if ((double)counts.sent * fan_out >= (double)counts.delivered + options.window * fan_out) return 20000000;
      publish(&rooms[counts.sent % (uint64_t)room_count]);
    } else {
      // The time it was due, not the time we got to it: a late client must not make the server look quick.
      uint64_t now = now_ns(), due_ns = options.rate > 0 ? started_ns + (uint64_t)((double)counts.sent * 1e9 / options.rate) : now;
      if (due_ns > now) return (int64_t)(due_ns - now);
      if (options.rate <= 0 && counts.sent >= counts.answered + counts.refused + (uint64_t)options.window) return 20000000;
      send_message(&members[counts.sent % (uint64_t)options.senders], due_ns);
    }
    counts.sent++;
  }
}
