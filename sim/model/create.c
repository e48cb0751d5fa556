/* Memory of a model. calloc hands out untouched pages, so windows cost what is used of them. */
#include "internal.h"

static bool create_size_fits(const struct model_size *size)
{
    return size->markets >= 1 && size->markets <= CARD_MARKET_MAX + 1 && size->orders >= 1 &&
           size->orders <= CARD_SLOT_MAX + 1 && size->tick_bits >= 6 && size->tick_bits <= 20;
}

/* Each byte's effect on the digest, most significant bit first. */
static void create_crc_table(uint64_t table[256])
{
    for (uint64_t byte = 0; byte < 256; byte++) {
        uint64_t crc = byte << 56;

        for (int bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc >> 63 ? CARD_CRC64_POLYNOMIAL : 0);
        table[byte] = crc;
    }
}

struct model *model_create(const struct model_size *size, uint16_t session)
{
    if (!create_size_fits(size))
        return NULL;

    size_t ticks = (size_t)1 << size->tick_bits;
    size_t words = ticks / 64;
    size_t summary_words = (words + 63) / 64;
    size_t half_words = words + summary_words;
    struct model *model = calloc(1, sizeof *model);

    if (model == NULL)
        return NULL;
    model->size = *size;
    model->session = session;
    create_crc_table(model->crc_table);
    model->markets = calloc(size->markets, sizeof *model->markets);
    model->orders = calloc(size->orders, sizeof *model->orders);
    model->levels = calloc(size->markets * ticks, sizeof *model->levels);
    model->bitmaps = calloc(size->markets * 2 * half_words, sizeof *model->bitmaps);
    if (!model->markets || !model->orders || !model->levels || !model->bitmaps) {
        model_destroy(model);
        return NULL;
    }
    for (uint32_t i = 0; i < size->markets; i++) {
        struct market *market = &model->markets[i];

        market->levels = model->levels + i * ticks;
        market->window_log2 = size->tick_bits;
        for (uint32_t side = 0; side < 2; side++) {
            market->half[side].occupied = model->bitmaps + (i * 2 + side) * half_words;
            market->half[side].summary = market->half[side].occupied + words;
        }
    }
    return model;
}

void model_destroy(struct model *model)
{
    if (model == NULL)
        return;
    free(model->markets);
    free(model->orders);
    free(model->levels);
    free(model->bitmaps);
    free(model);
}
