// What every measurement needs: a clock, a histogram of latencies, and what a process has spent.
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>

// Nanoseconds of the monotonic clock, the same in every process of this machine.
uint64_t now_ns(void);

// Log-linear histogram: 64 steps for each doubling, so a percentile is right to 1.6 %.
void histogram_add(uint64_t ns);
double histogram_percentile_us(double fraction);
uint64_t histogram_count(void);

// CPU seconds (user and system, all threads) and resident kilobytes of a process; zero when it is gone.
struct process_usage { double cpu_s; long resident_kb; };
struct process_usage process_usage(int pid);

// Prints to standard error and ends with status 1.
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
