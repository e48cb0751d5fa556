/* Lines of plain, gzip and zip files, and what is said of damaged ones. */
#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "printable.h"
#include "text_input.h"

static struct text_input *opened(const char *path, const char *part)
{
    char error[TEXT_ERROR_MAX];
    struct text_input *input = text_input_open(path, part, error);

    if (input == NULL)
        fail_msg("%s", error);
    return input;
}

static void expect_line(struct text_input *input, const char *text)
{
    char *line;
    size_t length;

    assert_int_equal(text_input_line(input, &line, &length), TEXT_LINE);
    assert_int_equal(length, strlen(text));
    assert_string_equal(line, text);
}

static void expect_end(struct text_input *input)
{
    char *line;
    size_t length;

    assert_int_equal(text_input_line(input, &line, &length), TEXT_END);
    text_input_close(input);
}

static void test_plain(void **state)
{
    struct text_input *input = opened(unit_file(0, "plain", "one\r\n\ntwo\nlast"), "");

    (void)state;
    expect_line(input, "one");
    assert_true(text_input_ended(input));
    expect_line(input, "");
    expect_line(input, "two");
    expect_line(input, "last");
    assert_false(text_input_ended(input));
    assert_int_equal(text_input_number(input), 4);
    expect_end(input);
    expect_end(opened(unit_file(0, "plain", ""), ""));
}

static void test_long_lines(void **state)
{
    static char text[200001];
    struct text_input *input;
    char *line;
    size_t length;

    (void)state;
    memset(text, 'x', 60000);
    text[60000] = '\n';
    memset(text + 60001, 'y', 60000);
    text[120001] = '\n';
    memset(text + 120002, 'z', 79998);
    input = opened(unit_file(0, "long", text), "");
    assert_int_equal(text_input_line(input, &line, &length), TEXT_LINE);
    assert_int_equal(length, 60000);
    assert_int_equal(text_input_line(input, &line, &length), TEXT_LINE);
    assert_int_equal(length, 60000);
    assert_int_equal(text_input_line(input, &line, &length), TEXT_BAD);
    assert_string_equal(text_input_error(input), "/tmp/vitrine_unit_long:3: line too long");
    text_input_close(input);
}

static void shell(const char *command)
{
    assert_int_equal(system(command), 0);
}

static void test_gzip(void **state)
{
    struct text_input *input;
    char *line;
    size_t length;
    enum text_status status;

    (void)state;
    shell("cd /tmp && seq 1 50000 | gzip -c > vitrine_unit_gz && head -c 20000 vitrine_unit_gz > vitrine_unit_cut");
    input = opened("/tmp/vitrine_unit_gz", "");
    for (int i = 1; i <= 50000; i++) {
        char text[12];

        snprintf(text, sizeof text, "%d", i);
        expect_line(input, text);
    }
    expect_end(input);
    input = opened("/tmp/vitrine_unit_cut", "");
    while ((status = text_input_line(input, &line, &length)) == TEXT_LINE)
        ;
    assert_int_equal(status, TEXT_BAD);
    assert_non_null(strstr(text_input_error(input), "damaged or cut off"));
    text_input_close(input);
}

static void test_zip(void **state)
{
    struct text_input *input;
    char error[TEXT_ERROR_MAX];

    (void)state;
    shell("cd /tmp && rm -f vitrine_unit.zip && python3 -c \"import zipfile; "
          "z = zipfile.ZipFile('vitrine_unit.zip', 'w', zipfile.ZIP_DEFLATED); "
          "z.writestr('a_message_1.csv', 'm1\\nm2\\n'); z.writestr('a_orderbook_1.csv', 'o1\\n'); z.close()\"");
    assert_true(text_input_is_zip("/tmp/vitrine_unit.zip"));
    input = opened("/tmp/vitrine_unit.zip", "message");
    expect_line(input, "m1");
    expect_line(input, "m2");
    assert_string_equal(text_input_name(input), "/tmp/vitrine_unit.zip/a_message_1.csv");
    expect_end(input);
    assert_null(text_input_open("/tmp/vitrine_unit.zip", "nothing", error));
    assert_non_null(strstr(error, "not just one entry named *nothing*"));
    assert_null(text_input_open("/tmp/vitrine_unit.zip", "csv", error));
    assert_null(text_input_open(unit_file(0, "bad.zip", "PK\3\4 and then nothing of use"), "x", error));
    assert_non_null(strstr(error, "not a zip archive"));
}

static void test_no_file(void **state)
{
    char error[TEXT_ERROR_MAX];

    (void)state;
    assert_null(text_input_open("/tmp/vitrine_unit_no_such_file", "", error));
    assert_non_null(strstr(error, "No such file"));
    assert_null(text_input_open("/tmp", "", error));
    assert_non_null(strstr(error, "directory"));
}

/* Pipes and the like can't be read twice, and would hang. */
static void test_not_regular(void **state)
{
    char error[TEXT_ERROR_MAX];

    (void)state;
    assert_null(text_input_open("/dev/null", "", error));
    assert_string_equal(error, "/dev/null is not a regular file");
    assert_false(text_input_is_zip("/dev/null"));
}

static void test_printable(void **state)
{
    char shown[16], tilde[24];

    (void)state;
    printable_write("a\x1b[1m\xff~", shown, sizeof shown);
    assert_string_equal(shown, "a\\x1b[1m\\xff");
    printable_write("\xff~\x7f", tilde, sizeof tilde);
    assert_string_equal(tilde, "\\xff~\\x7f");
    printable_write("0123456789abcdefgh", shown, sizeof shown); /* cut where an escape might not fit */
    assert_string_equal(shown, "0123456789ab");
    printable_write("", shown, sizeof shown);
    assert_string_equal(shown, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_plain), cmocka_unit_test(test_long_lines),
                                        cmocka_unit_test(test_gzip), cmocka_unit_test(test_zip),
                                        cmocka_unit_test(test_no_file), cmocka_unit_test(test_not_regular),
                                        cmocka_unit_test(test_printable) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
