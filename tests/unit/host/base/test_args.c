/* Options: every kind, bounds, and errors that name the offending value. */
#include "unit.h"

#include "args.h"

struct settings {
    const char *name, *choice;
    uint64_t count;
    bool flag;
    struct option_list list;
};

static const char *const choices[] = { "one", "two", NULL };

static const struct option_spec options[] = {
    { "name", OPTION_TEXT, offsetof(struct settings, name), 0, 0, NULL, "NAME", "a name" },
    { "choice", OPTION_CHOICE, offsetof(struct settings, choice), 0, 0, choices, "NAME", "a choice" },
    { "count", OPTION_NUMBER, offsetof(struct settings, count), 2, 9, NULL, "N", "a count" },
    { "flag", OPTION_FLAG, offsetof(struct settings, flag), 0, 0, NULL, NULL, "a flag" },
    { "list", OPTION_LIST, offsetof(struct settings, list), 0, 0, NULL, "TEXT", "a list" },
    { .name = NULL },
};

static const struct settings defaults = { .choice = "one", .count = 5 };

static const struct verb verb = { .name = "test",
                                  .operands = "FILE",
                                  .operands_min = 1,
                                  .operands_max = 2,
                                  .options = options,
                                  .defaults = &defaults,
                                  .settings_size = sizeof defaults };

static struct args args;

static const struct settings *parsed(int count, const char **arguments)
{
    char error[256];

    assert_true(args_parse(&args, &verb, count, (char **)arguments, error, sizeof error));
    return (const struct settings *)(const void *)args.settings;
}

static void refused(int count, const char **arguments, const char *message)
{
    char error[256];

    assert_false(args_parse(&args, &verb, count, (char **)arguments, error, sizeof error));
    assert_string_equal(error, message);
}

#define PARSED(...) parsed(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]){ __VA_ARGS__ })
#define REFUSED(message, ...) \
    refused(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]){ __VA_ARGS__ }, message)

static void test_values(void **state)
{
    const struct settings *settings;

    (void)state;
    settings = PARSED("file");
    assert_int_equal(settings->count, 5);
    assert_string_equal(settings->choice, "one");
    assert_false(settings->flag);
    settings = PARSED("--count", "2", "a", "--name=b", "--flag", "--choice", "two", "c");
    assert_int_equal(settings->count, 2);
    assert_string_equal(settings->name, "b");
    assert_string_equal(settings->choice, "two");
    assert_true(settings->flag);
    assert_int_equal(args.operand_count, 2);
    assert_string_equal(args.operands[1], "c");
    settings = PARSED("--list", "b", "a", "--list=c");
    assert_int_equal(settings->list.count, 2);
    assert_string_equal(settings->list.values[0], "b");
    assert_string_equal(settings->list.values[1], "c");
    PARSED("--", "--flag");
    assert_string_equal(args.operands[0], "--flag");
    PARSED("-");
    PARSED("--help");
    assert_true(args.help);
}

static void test_refusals(void **state)
{
    (void)state;
    REFUSED("--count 1: must be a whole number from 2 to 9", "--count", "1", "a");
    REFUSED("--count 10: must be a whole number from 2 to 9", "--count=10", "a");
    REFUSED("--count 2x: must be a whole number from 2 to 9", "--count", "2x", "a");
    REFUSED("--count : must be a whole number from 2 to 9", "--count=", "a");
    REFUSED("--count -3: must be a whole number from 2 to 9", "--count", "-3", "a");
    REFUSED("--count 99999999999999999999: must be a whole number from 2 to 9", "--count", "99999999999999999999", "a");
    REFUSED("--choice three: must be one of one, two", "--choice", "three", "a");
    REFUSED("--name: its value is empty", "--name", "", "a");
    REFUSED("--list: its value is empty", "a", "--list=");
    REFUSED("--list 17: at most 16 of them", "a", "--list=1", "--list=2", "--list=3", "--list=4", "--list=5",
            "--list=6", "--list=7", "--list=8", "--list=9", "--list=10", "--list=11", "--list=12", "--list=13",
            "--list=14", "--list=15", "--list=16", "--list=17");
    REFUSED("--name needs a value", "a", "--name");
    REFUSED("--flag takes no value: 1", "--flag=1", "a");
    REFUSED("--nam: no such option", "--nam", "x", "a");
    REFUSED("-n: no such option", "-n", "a");
    REFUSED("c: one argument too many", "a", "b", "c");
    REFUSED("missing FILE", "--flag");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_values), cmocka_unit_test(test_refusals) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
