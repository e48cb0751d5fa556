#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "check.h"

json_t *report_distribution(const struct distribution *distribution)
{
    json_t *object;

    if (distribution == NULL || distribution->count == 0)
        return json_null();
    object = json_object();
    report_set(object, "mean", json_real((double)distribution_mean_milli(distribution) / 1000.0));
    report_set_count(object, "p50", distribution_percentile(distribution, 500));
    report_set_count(object, "p99", distribution_percentile(distribution, 990));
    report_set_count(object, "p999", distribution_percentile(distribution, 999));
    report_set_count(object, "max", distribution->max);
    return object;
}

json_t *report_hash(uint64_t hash)
{
    char text[17];

    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

void report_set(json_t *object, const char *key, json_t *value)
{
    check(value != NULL);
    check(json_object_set_new(object, key, value) == 0);
}

void report_set_count(json_t *object, const char *key, uint64_t value)
{
    report_set(object, key, json_integer((json_int_t)value));
}

void report_print(json_t *object)
{
    int status = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(10));

    check(status == 0 || ferror(stdout)); /* main() says that the report could not be written */
    printf("\n");
    json_decref(object);
}
