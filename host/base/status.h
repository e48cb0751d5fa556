/* Exit statuses of every verb. */
#ifndef VITRINE_STATUS_H
#define VITRINE_STATUS_H

enum exit_status {
    EXIT_STATUS_OK = 0,     /* done, and what was checked holds */
    EXIT_STATUS_FAILED = 1, /* the check it ran failed */
    EXIT_STATUS_USAGE = 2,  /* bad usage or bad input */
    EXIT_STATUS_FAULT = 3,  /* fault of disk, device or peer */
};

#endif
