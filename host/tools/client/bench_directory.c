#include "bench_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool bench_directory_make(const char *parent, char path[BENCH_PATH_BYTES], char *error, size_t error_size)
{
    int length = snprintf(path, BENCH_PATH_BYTES, "%s/vitrine-bench-XXXXXX", parent);

    if (length > 0 && length < BENCH_PATH_BYTES && mkdtemp(path) != NULL)
        return true;
    snprintf(error, error_size, "%.200s: %s", parent, length < BENCH_PATH_BYTES ? strerror(errno) : "too long");
    return false;
}

void bench_directory_remove(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;

    while (directory && (entry = readdir(directory)) != NULL) {
        char name[2 * BENCH_PATH_BYTES + 8];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name) != 0 && errno == EISDIR)
            bench_directory_remove(name);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}
