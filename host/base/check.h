/* check(): an invariant of our own code. Always on; a failure is a programmer's fault and ends the process. */
#ifndef VITRINE_CHECK_H
#define VITRINE_CHECK_H

_Noreturn void check_failed(const char *condition, const char *file, int line);

#define check(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

#endif
