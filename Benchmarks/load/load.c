// The load client: opens sockets, joins them to rooms, and then
//   --mode hold   does nothing (memory of idle connections),
//   --mode feed   publishes to Redis as chat's scripts do and compares every frame that comes byte by byte,
//   --mode send   sends messages through the sockets and measures from sending to seeing.
// Prints one JSON object. Benchmarks/measure drives it; `load --help` lists the options.
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "measure.h"
#include "socket.h"

enum { RING = 1024, LINE = 4096, PAYLOAD = 4096, BURST = 100 };
enum mode { HOLD, FEED, SEND };

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

static struct { int port, redis_port, pid, window, payload, senders, is_floor; double seconds, warm_up, rate; enum mode mode; } options =
    {.window = 1, .payload = 307, .seconds = 5, .warm_up = 0.5, .senders = 1};
static const char *ready_text = "\"event\":\"room_history\"", *header_text = "";

static struct member *members;
static struct room *rooms;
static int member_count, room_count, ready_count;
static struct client_socket redis = {.is_redis = 1, .path = "", .cookie = ""};
static int is_running, is_measuring;
static uint64_t sent, delivered, answered, refused, wrong, other;

static void usage(void) {
  fputs("load --mode hold|feed|send --port P --sockets FILE --rooms FILE [options]\n"
        "  --sockets FILE  a line per socket: path TAB cookie TAB first text or empty TAB number of its room\n"
        "  --rooms FILE    a line per room: room id TAB Redis channel\n"
        "  --pid N         the server's process: CPU seconds and resident memory\n"
        "  --ready TEXT    a socket is ready when a message holds this; empty: when it is upgraded\n"
        "  --redis-port P  feed: where to publish       --floor   feed: for the floor (PUBLISH, whole frames)\n"
        "  --header TEXT   feed: first line of a publication; %r room, %e epoch, %s number\n"
        "  --window N      messages in flight (1)        --payload N  feed: bytes of a frame's payload (307)\n"
        "  --senders N     send: the first N sockets     --rate R     send: messages a second, of all together;\n"
        "                                                             without it: as many as the window allows\n"
        "  --seconds S     measured time (5)             --warm-up S  before it (0.5)\n", stderr);
  exit(2);
}

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

static void opened(struct client_socket *s) {
  if (s->is_redis) return;
  struct member *member = (struct member *)s;
  if (*member->hello) socket_send_text(s, member->hello, strlen(member->hello));
  if (!*ready_text) {
    member->is_ready = 1;
    ready_count++;
  }
}

static void report_wrong(struct member *member, const char *text, size_t length) {
  if (wrong++) return;
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
  delivered++;
  count_latency(wanted->at_ns, arrived_ns);
}

static void message_seen(struct member *member, const char *text, size_t length, uint64_t arrived_ns) {
  uint64_t seq = number_after(text, length, "\"seq\":");
  if (seq != member->next_seq) report_wrong(member, text, length);
  member->next_seq = seq + 1;
  delivered++;
  count_latency(number_after(text, length, "t0="), arrived_ns);
}

static void text_arrived(struct client_socket *s, const char *text, size_t length, uint64_t arrived_ns) {
  struct member *member = (struct member *)s;
  if (!is_running) {
    learn(member->room, text, length);
    if (!member->is_ready && memmem(text, length, ready_text, strlen(ready_text))) {
      member->is_ready = 1;
      ready_count++;
    }
    return;
  }
  int is_message = options.is_floor || (length > 22 && !memcmp(text, "{\"event\":\"new_message\"", 22));
  if (is_message && options.mode == FEED) message_fed(member, text, length, arrived_ns);
  else if (is_message) message_seen(member, text, length, arrived_ns);
  else if (length > 6 && !memcmp(text, "{\"id\":", 6)) *(memmem(text, length, "\"ok\":", 5) ? &answered : &refused) += 1;
  else other++;
}

// The first line of a publication, as the other side of the channel expects it.
static int expand_header(char *line, size_t size, const struct room *room) {
  size_t length = 0;
  for (const char *at = header_text; *at && length + 1 < size; at++) {
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
                        "\",\"content\":\"t0=%" PRIu64 " %0100d\"}}", sent, member->room->id, due_ns, sent, due_ns, 0);
  socket_send_text(&member->socket, text, (size_t)length);
}

// Sends what is due: as much as the window allows, or by the clock. Returns how long nothing will be due.
static int64_t send_due(uint64_t started_ns) {
  double fan_out = (double)member_count / room_count;
  for (;;) {
    if (options.mode == FEED) {
      if ((double)sent * fan_out >= (double)delivered + options.window * fan_out) return 20000000;
      publish(&rooms[sent % (uint64_t)room_count]);
    } else {
      // The time it was due, not the time we got to it: a late client must not make the server look quick.
      uint64_t now = now_ns(), due_ns = options.rate > 0 ? started_ns + (uint64_t)((double)sent * 1e9 / options.rate) : now;
      if (due_ns > now) return (int64_t)(due_ns - now);
      if (options.rate <= 0 && sent >= answered + refused + (uint64_t)options.window) return 20000000;
      send_message(&members[sent % (uint64_t)options.senders], due_ns);
    }
    sent++;
  }
}

static char *next_field(char **line) {
  char *field = strsep(line, "\t\n");
  if (!field) die("a line has too few fields");
  return strdup(field);
}

static FILE *open_list(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) die("cannot read %s", path);
  return file;
}

static void read_rooms(const char *path) {
  char line[LINE], *rest;
  FILE *file = open_list(path);
  while (fgets(line, sizeof line, file)) {
    rooms = realloc(rooms, sizeof *rooms * (size_t)(room_count + 1));
    struct room *room = &rooms[room_count++];
    memset(room, 0, sizeof *room);
    strcpy(room->epoch, "000000000000");
    rest = line;
    room->id = next_field(&rest);
    room->channel = next_field(&rest);
    for (int i = 0; i < RING; i++) room->ring[i].bytes = malloc(PAYLOAD);
  }
  fclose(file);
}

static void read_members(const char *path) {
  char line[LINE], *rest;
  FILE *file = open_list(path);
  while (fgets(line, sizeof line, file)) {
    members = realloc(members, sizeof *members * (size_t)(member_count + 1));
    struct member *member = &members[member_count++];
    memset(member, 0, sizeof *member);
    rest = line;
    member->socket.path = next_field(&rest);
    member->socket.cookie = next_field(&rest);
    member->hello = next_field(&rest);
    int room = atoi(next_field(&rest));
    if (room < 0 || room >= room_count) die("a socket names room %d of %d", room, room_count);
    member->room = &rooms[room];
    member->room->members++;
  }
  fclose(file);
}

static void read_options(int count, char **words) {
  static const struct option known[] = {
      {"mode", 1, 0, 'm'},       {"port", 1, 0, 'p'},    {"sockets", 1, 0, 's'}, {"rooms", 1, 0, 'r'},
      {"pid", 1, 0, 'i'},        {"ready", 1, 0, 'y'},   {"redis-port", 1, 0, 'd'}, {"floor", 0, 0, 'f'},
      {"header", 1, 0, 'h'},     {"window", 1, 0, 'w'},     {"payload", 1, 0, 'l'}, {"senders", 1, 0, 'n'}, {"rate", 1, 0, 'a'},
      {"seconds", 1, 0, 't'},    {"warm-up", 1, 0, 'u'}, {0, 0, 0, 0}};
  const char *sockets_path = NULL, *rooms_path = NULL;
  for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;) {
    switch (option) {
      case 'm': options.mode = !strcmp(optarg, "hold") ? HOLD : !strcmp(optarg, "feed") ? FEED : !strcmp(optarg, "send") ? SEND : (usage(), HOLD); break;
      case 'p': options.port = atoi(optarg); break;
      case 's': sockets_path = optarg; break;
      case 'r': rooms_path = optarg; break;
      case 'i': options.pid = atoi(optarg); break;
      case 'y': ready_text = optarg; break;
      case 'd': options.redis_port = atoi(optarg); break;
      case 'f': options.is_floor = 1; break;
      case 'h': header_text = optarg; break;
      case 'w': options.window = atoi(optarg); break;
      case 'l': options.payload = atoi(optarg); break;
      case 'n': options.senders = atoi(optarg); break;
      case 'a': options.rate = atof(optarg); break;
      case 't': options.seconds = atof(optarg); break;
      case 'u': options.warm_up = atof(optarg); break;
      default: usage();
    }
  }
  if (!options.port || !sockets_path || !rooms_path || options.window >= RING) usage();
  if (options.mode == FEED && (!options.redis_port || (!options.is_floor && !*header_text))) usage();
  read_rooms(rooms_path);
  read_members(sockets_path);
  if (!member_count || options.senders > member_count) usage();
}

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

  sockets_start(opened, text_arrived);
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
      base = delivered;
      base_sent = sent;
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
  uint64_t in_time = delivered - base, sent_in_time = sent - base_sent;
  uint64_t expected = (uint64_t)((double)sent * member_count / room_count);
  for (uint64_t until = now_ns() + 3000000000u; delivered < expected && now_ns() < until;) sockets_poll(20000000);

  double cpu_s = end.cpu_s - start.cpu_s;
  printf("{\"sockets\":%d,\"sent\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"wall_s\":%.3f,\"cpu_s\":%.2f,\"per_cpu_s\":%.0f,"
         "\"missing\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"other\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"refused\":%" PRIu64 ","
         "\"p50_us\":%.0f,\"p90_us\":%.0f,\"p99_us\":%.0f,\"latencies\":%" PRIu64 ",\"resident_before_kb\":%ld,\"resident_kb\":%ld,"
         "\"closed\":%" PRIu64 ",\"protocol_errors\":%" PRIu64 ",\"redis_errors\":%" PRIu64 "}\n",
         member_count, sent_in_time, in_time, wall_s, cpu_s, cpu_s > 0 ? (double)in_time / cpu_s : 0.0,
         expected - (delivered < expected ? delivered : expected), wrong, other, answered, refused, histogram_percentile_us(.5),
         histogram_percentile_us(.9), histogram_percentile_us(.99), histogram_count(), before.resident_kb, settled.resident_kb,
         socket_errors.closed, socket_errors.protocol, socket_errors.redis);
  return wrong || socket_errors.protocol || socket_errors.redis || delivered < expected ? 1 : 0;
}
