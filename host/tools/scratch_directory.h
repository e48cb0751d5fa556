/* A directory for files that go with it: of benches, the demo, audits. */
#ifndef VITRINE_SCRATCH_DIRECTORY_H
#define VITRINE_SCRATCH_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRATCH_PATH_BYTES = 256 };

/* Makes PARENT/vitrine-XXXXXX; false with a message. */
bool scratch_directory_make(const char *parent, char path[SCRATCH_PATH_BYTES], char *error, size_t error_size);

/* Removes it with all that is in it. */
void scratch_directory_remove(const char *path);

#endif
