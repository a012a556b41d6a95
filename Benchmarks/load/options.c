// The command line of the load client.
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct load_options options = {
    .window = 1, .payload = 307, .seconds = 5, .warm_up = 0.5, .senders = 1, .header_text = "",
    .ready_text = "\"event\":\"room_history\""};

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

void read_options(int count, char **words) {
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
      case 'y': options.ready_text = optarg; break;
      case 'd': options.redis_port = atoi(optarg); break;
      case 'f': options.is_floor = 1; break;
      case 'h': options.header_text = optarg; break;
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
  if (options.mode == FEED && (!options.redis_port || (!options.is_floor && !*options.header_text))) usage();
  read_rooms(rooms_path);
  read_members(sockets_path);
  if (!member_count || options.senders > member_count) usage();
}
