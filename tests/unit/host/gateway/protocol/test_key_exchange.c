#include "key_exchange.h"

#include "guard.h"

static struct key_exchange_message sample(uint8_t type)
{
    struct key_exchange_message message = {.type = type};

    switch (type) {
    case 'K':
        strcpy(message.user, "alice");
        break;
    case 'C':
        strcpy(message.server, "vitrine test 16c");
        memset(message.challenge, 0xa5, sizeof message.challenge);
        break;
    case 'S':
        memset(message.signature, 0x5a, sizeof message.signature);
        break;
    case 'P':
        strcpy(message.password, "ABCDEFGH27");
        message.seconds = 0x0102;
        break;
    default:
        message.reason = 'T';
        break;
    }
    return message;
}

static const char types[] = "KCSPJ";
static const size_t sizes[] = {8, 50, 65, 13, 2};

static bool client_sends(char type)
{
    return type == 'K' || type == 'S';
}

static void round_trip(void **state)
{
    (void)state;
    for (int i = 0; types[i]; i++) {
        struct key_exchange_message message = sample((uint8_t)types[i]), again;
        uint8_t *bytes = guard_copy(NULL, sizes[i]);
        size_t used = 0;

        assert_int_equal(key_exchange_encode_message(&message, bytes, sizes[i] - 1), 0);
        assert_int_equal(key_exchange_encode_message(&message, bytes, sizes[i]), sizes[i]);
        memset(&again, 0xee, sizeof again);
        assert_int_equal(key_exchange_parse_message(bytes, sizes[i], client_sends(types[i]), &again, &used),
                         KEY_EXCHANGE_OK);
        assert_int_equal(used, sizes[i]);
        assert_memory_equal(&again, &message, sizeof again);
        assert_int_equal(key_exchange_parse_message(bytes, sizes[i], !client_sends(types[i]), &again, &used),
                         KEY_EXCHANGE_BAD_TYPE);
    }
}

static void cut_short(void **state)
{
    (void)state;
    for (int i = 0; types[i]; i++) {
        struct key_exchange_message message = sample((uint8_t)types[i]), again;
        uint8_t bytes[KEY_EXCHANGE_MESSAGE_BYTES_MAX];
        size_t used;

        key_exchange_encode_message(&message, bytes, sizeof bytes);
        for (size_t size = 0; size < sizes[i]; size++)
            assert_int_equal(key_exchange_parse_message(guard_copy(bytes, size), size, client_sends(types[i]), &again,
                                                        &used), KEY_EXCHANGE_MORE);
    }
}

static void bad_fields(void **state)
{
    struct key_exchange_message message;
    size_t used;

    (void)state;
    assert_int_equal(key_exchange_parse_message((const uint8_t *)"K\2alice ", 8, true, &message, &used),
                     KEY_EXCHANGE_BAD_FIELD);
    assert_int_equal(key_exchange_parse_message((const uint8_t *)"K\1      ", 8, true, &message, &used),
                     KEY_EXCHANGE_BAD_FIELD);
    assert_int_equal(key_exchange_parse_message((const uint8_t *)"K\1 alice", 8, true, &message, &used),
                     KEY_EXCHANGE_BAD_FIELD);
    assert_int_equal(key_exchange_parse_message((const uint8_t *)"K\1al\7ce ", 8, true, &message, &used),
                     KEY_EXCHANGE_BAD_FIELD);
    assert_int_equal(key_exchange_parse_message((const uint8_t *)"P\0          \0\1", 13, false, &message, &used),
                     KEY_EXCHANGE_BAD_FIELD);
    for (unsigned type = 0; type < 256; type++) {
        uint8_t byte = (uint8_t)type;

        if (!byte || !strchr(types, byte))
            assert_int_equal(key_exchange_parse_message(&byte, 1, true, &message, &used), KEY_EXCHANGE_BAD_TYPE);
    }
}

static void signed_text(void **state)
{
    uint8_t challenge[KEY_EXCHANGE_CHALLENGE_BYTES], text[KEY_EXCHANGE_SIGNED_BYTES];

    (void)state;
    memset(challenge, 7, sizeof challenge);
    key_exchange_signed_text("bob", "vitrine", challenge, text);
    assert_memory_equal(text, "vitrine key exchange 1\0\0bob   vitrine         ", 46);
    assert_memory_equal(text + 46, challenge, 32);
}

static void passwords(void **state)
{
    uint8_t random[KEY_EXCHANGE_RANDOM_BYTES] = {0, 25, 26, 31, 32, 57, 255, 224, 1, 128};
    char password[KEY_EXCHANGE_PASSWORD_CHARACTERS + 1];

    (void)state;
    key_exchange_format_password(random, password);
    assert_string_equal(password, "AZ27AZ7ABA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(cut_short), cmocka_unit_test(bad_fields),
        cmocka_unit_test(signed_text), cmocka_unit_test(passwords),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
