#include "measure.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STEPS = 64 };
static uint64_t buckets[STEPS * STEPS], added, largest;

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void histogram_add(uint64_t ns) {
  int exponent = ns < STEPS ? 5 : 63 - __builtin_clzll(ns);
  int index = ns < STEPS ? (int)ns : (exponent - 5) * STEPS + (int)(ns >> (exponent - 6) & (STEPS - 1));
  buckets[index]++;
  added++;
  if (ns > largest) largest = ns;
}

uint64_t histogram_count(void) { return added; }

double histogram_percentile_us(double fraction) {
  uint64_t wanted = (uint64_t)(fraction * (double)added + 0.5), seen = 0;
  for (int i = 0; added && i < STEPS * STEPS; i++) {
    seen += buckets[i];
    if (seen < wanted || !seen) continue;
    double ns = i < STEPS ? i : ((double)(i % STEPS | STEPS) + 0.5) * (double)(1ull << (i / STEPS - 1));
    return (ns < (double)largest ? ns : (double)largest) / 1e3;
  }
  return (double)largest / 1e3;
}

struct process_usage process_usage(int pid) {
  struct process_usage usage = {0};
  char path[64], text[2048];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return usage;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return usage;
  text[length] = 0;
  // The name in parentheses may hold spaces; what follows its end are fields 3 (state), … 14, 15 (ticks), 24 (pages).
  char *fields = strrchr(text, ')');
  unsigned long user = 0, system = 0;
  long pages = 0;
  if (fields && sscanf(fields + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld",
                       &user, &system, &pages) == 3) {
    usage.cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    usage.resident_kb = pages * (sysconf(_SC_PAGESIZE) / 1024);
  }
  return usage;
}

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}
