/* Lengths of time, in the unit of every time in the project: ns. */
#ifndef VITRINE_DURATIONS_H
#define VITRINE_DURATIONS_H

#include <stdint.h>

#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_MINUTE (60 * NS_A_SECOND)
#define NS_AN_HOUR (60 * NS_A_MINUTE)
#define NS_A_DAY (24 * NS_AN_HOUR)

#endif
