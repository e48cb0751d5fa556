#include "scratch_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool scratch_directory_make(const char *parent, char path[SCRATCH_PATH_BYTES], char *error, size_t error_size)
{
    int length = snprintf(path, SCRATCH_PATH_BYTES, "%s/vitrine-XXXXXX", parent);

    if (length > 0 && length < SCRATCH_PATH_BYTES && mkdtemp(path) != NULL)
        return true;
    snprintf(error, error_size, "%.200s: %s", parent, length < SCRATCH_PATH_BYTES ? strerror(errno) : "too long");
    return false;
}

void scratch_directory_remove(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;

    while (directory && (entry = readdir(directory)) != NULL) {
        char name[2 * SCRATCH_PATH_BYTES + 8];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name) != 0 && errno == EISDIR)
            scratch_directory_remove(name);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}
