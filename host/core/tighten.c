/* What tightens: a change that leaves somebody worse off who holds, owes or has ordered something here already. It
 * needs the venue's notice (exchange-rules.md, section 9). So does what lets money out with fewer eyes on it, or moves
 * prices in another way. Everything else takes effect at once: what loosens, what concerns new orders alone (ticks,
 * slots, windows, the speed bump), and whatever is new. */
#include "tighten.h"

enum tighter {
    TIGHTER_UP,          /* the larger, the tighter */
    TIGHTER_DOWN,        /* the smaller, the tighter */
    TIGHTER_CAP,         /* likewise, and 0 is no cap at all */
    TIGHTER_CHANGED,     /* either way */
};

struct change {
    int64_t before, after; /* what is unsigned and larger than 2^63 - 1 counts as that */
    enum tighter tighter;
};

static int64_t tighten_signed(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

#define CHANGE(name, how)                                                                                            \
    { tighten_signed((uint64_t)now->name), tighten_signed((uint64_t)input->name), TIGHTER_##how }
/* Numbers of a band that is off on either side say nothing. */
#define BAND_CHANGE(band, name, how)                                                                                 \
    { now->bands & input->bands & CARD_BANDS_##band##_MASK ? now->name : 0,                                          \
      now->bands & input->bands & CARD_BANDS_##band##_MASK ? input->name : 0, TIGHTER_##how }
#define SIGNED_CHANGE(name, how) { now->name, input->name, TIGHTER_##how }

static bool tighten_by(const struct change *change)
{
    const bool was_capped = change->before != 0, is_capped = change->after != 0;

    switch (change->tighter) {
    case TIGHTER_UP:
        return change->after > change->before;
    case TIGHTER_DOWN:
        return change->after < change->before;
    case TIGHTER_CAP:
        return is_capped && (!was_capped || change->after < change->before);
    case TIGHTER_CHANGED:
        return change->after != change->before;
    }
    return false;
}

static bool tighten_any(const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tighten_by(&changes[i]))
            return true;
    return false;
}

/* More margin for some notional. One that is not set asks for all of it. */
static bool tighten_function(const struct margin_function *now, const struct margin_function *input)
{
    if (now->denominator == 0)
        return false;
    if (input->denominator == 0)
        return true;
    return (uint64_t)input->numerator * now->denominator > (uint64_t)now->numerator * input->denominator ||
           input->factor > now->factor;
}

bool tighten_asset(const struct asset *now, const struct input_asset_set *input)
{
    const struct change changes[] = {
        CHANGE(weight, DOWN),          /* haircuts: collateral counts less */
        CHANGE(haircut, CHANGED),
        CHANGE(base, DOWN),
        CHANGE(penalty, UP),
        CHANGE(withdraw_min, UP),      /* money in and out */
        CHANGE(collateral_max, CAP),
    };

    return tighten_any(changes, sizeof changes / sizeof *changes) ||
           now->flags & ~input->flags & (ASSET_COLLATERAL | ASSET_CAN_BORROW | ASSET_CAN_LEND) ||
           tighten_function(&now->borrow_imf, &input->borrow_imf) ||
           tighten_function(&now->borrow_mmf, &input->borrow_mmf);
}

bool tighten_market(const struct market *now, const struct input_market_set *input)
{
    const struct change changes[] = {
        SIGNED_CHANGE(maker_fee, UP),  /* whoever is in has to pay to get out */
        SIGNED_CHANGE(taker_fee, UP),
        BAND_CHANGE(LIMIT, limit_min, UP), /* narrower bands: no way out where there was one */
        BAND_CHANGE(LIMIT, limit_max, DOWN),
        BAND_CHANGE(IMPACT, impact_min, UP),
        BAND_CHANGE(IMPACT, impact_max, DOWN),
        CHANGE(mean_min, UP),
        CHANGE(mean_max, DOWN),
        BAND_CHANGE(PREMIUM, tolerance, DOWN),
        CHANGE(position_max, CAP),
        CHANGE(interest_max, CAP),
        CHANGE(quantity_min, UP),      /* what is smaller can't be closed any more */
        CHANGE(quantity_max, CAP),
        CHANGE(funding_hours, CHANGED), /* what a position costs to hold */
        CHANGE(funding_max, UP),
        CHANGE(fund_cap, CAP),         /* what the fund pays before claims fall */
    };

    return tighten_any(changes, sizeof changes / sizeof *changes) || input->bands & ~now->bands ||
           tighten_function(&now->imf, &input->imf) || tighten_function(&now->mmf, &input->mmf);
}

bool tighten_pricing(const struct pricing *now, const struct input_pricing_set *input)
{
    const struct change changes[] = {
        CHANGE(quorum, DOWN),          /* fewer venues make a price */
        CHANGE(stale_ms, UP),          /* or older quotes */
        CHANGE(outlier, CHANGED),
        CHANGE(clamp, CHANGED),
        CHANGE(change, CHANGED),
    };

    return now->quorum > 0 && tighten_any(changes, sizeof changes / sizeof *changes);
}

/* Rates that fall hurt lenders, who may leave at any time; borrowers may have nowhere to go. */
bool tighten_pool(const struct pool *now, const struct input_pool_set *input)
{
    const struct change changes[] = {
        CHANGE(rate_zero, UP),
        CHANGE(rate_optimal, UP),
        CHANGE(rate_full, UP),
        CHANGE(optimal, DOWN),         /* the steep part begins sooner */
        CHANGE(fee, UP),
        CHANGE(throttle, DOWN),        /* what of it may be redeemed or borrowed */
        CHANGE(utilisation_max, DOWN),
        CHANGE(step, DOWN),
        CHANGE(step_seconds, UP),
        CHANGE(borrow_max, CAP),
        CHANGE(account_max, CAP),
    };

    return tighten_any(changes, sizeof changes / sizeof *changes);
}

bool tighten_rules(const struct totals *now, const struct input_venue_rules *input)
{
    const struct change changes[] = {
        CHANGE(notice_seconds, DOWN),  /* a shorter notice is what later changes would hide behind */
        CHANGE(fresh_seconds, UP),
        CHANGE(withdraw_account_max, CAP),
        CHANGE(withdraw_venue_max, CAP),
        CHANGE(fund_floor, UP),        /* the fund pays less */
        CHANGE(approvals, DOWN),       /* money leaves more easily */
        { now->settle_seconds != 0, input->settle_seconds != 0, TIGHTER_DOWN }, /* winners wait for good */
    };

    for (size_t i = 0; i < LIMIT_JURISDICTIONS; i++)
        if (tighten_by(&(struct change){ now->leverage_caps[i], input->leverage_caps[i], TIGHTER_CAP }))
            return true;
    return tighten_any(changes, sizeof changes / sizeof *changes);
}

/* Rules that were never set (no `stop`) are new. What only spreads a loss in another way leaves somebody worse off
 * either way: who wins would pay more, or who is owed. */
bool tighten_liquidation(const struct liquidation_rules *now, const struct input_liquidation_rules *input)
{
    const struct change changes[] = {
        CHANGE(policy, CHANGED),       /* another policy does everything otherwise; none leaves winners with debtors */
        CHANGE(slice, UP),             /* steps that go deeper into the book, at worse prices */
        CHANGE(depth_share, UP),
        CHANGE(pause_ms, DOWN),        /* and sooner after each other */
        CHANGE(urgent_seconds, UP),    /* everything at once, while there was more time to go gently */
        CHANGE(episode_seconds, DOWN), /* likewise, and the position is gone to a provider sooner */
        CHANGE(stop, UP),              /* more is sold before the account is left alone */
        CHANGE(backstop, UP),          /* more equity is left when it goes with the position */
        CHANGE(fee, UP),
        CHANGE(fee_share, UP),
        CHANGE(adl_bound, CHANGED),    /* up: the deleveraged lose more; down: more is left as debts, and claims wait */
        CHANGE(conversion_impact, CHANGED), /* up: they get less of what it has; down: it keeps less */
        CHANGE(notice_seconds, UP),    /* providers are bound longer; who has given notice already is not */
    };

    return now->stop != 0 && tighten_any(changes, sizeof changes / sizeof *changes);
}
