/* A directory for a bench's files, which goes with them. */
#ifndef VITRINE_BENCH_DIRECTORY_H
#define VITRINE_BENCH_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

enum { BENCH_PATH_BYTES = 256 };

/* Makes PARENT/vitrine-bench-XXXXXX; false with a message. */
bool bench_directory_make(const char *parent, char path[BENCH_PATH_BYTES], char *error, size_t error_size);

/* Removes it with all that is in it. */
void bench_directory_remove(const char *path);

#endif
