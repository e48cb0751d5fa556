#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

void progress_show(struct progress *progress, uint64_t done)
{
    uint64_t now_ns = clock_now_ns();

    if (now_ns - progress->shown_ns < 200000000u || !isatty(STDERR_FILENO))
        return;
    progress->shown_ns = now_ns;
    progress->shown = 1;
    if (progress->total)
        fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " %s (%" PRIu64 " %%)\033[K", done, progress->total,
                progress->what, done * 100 / progress->total);
    else
        fprintf(stderr, "\r%" PRIu64 " %s\033[K", done, progress->what);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r\033[K");
    progress->shown = 0;
}
