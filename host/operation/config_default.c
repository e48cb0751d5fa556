#include "config.h"

/* The file itself, so that there is one source. */
__asm__(".section .rodata\n"
        "vitrine_default_config:\n"
        ".incbin \"" VITRINE_DEFAULT_CONFIG "\"\n"
        ".byte 0\n"
        ".previous\n");

extern const char vitrine_default_config[];

const char *config_default(void)
{
    return vitrine_default_config;
}
