// Which rooms and sockets there are to be.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { LINE = 4096 };

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

void read_rooms(const char *path) {
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

void read_members(const char *path) {
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
