#include "scenario_sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lending.h"
#include "report.h"
#include "units.h"

enum { SYSTEM_CLASSES = SYSTEM_SUBACCOUNTS - 1, CLASS_CUSTODY = SYSTEM_CUSTODY - 1, WIDTH = 19 };

/* Lines of a sheet: opening, a line a kind, closing; of shares their worth and interest too. */
enum sheet_line { LINE_OPENING = ENTRY_KINDS, LINE_CLOSING, LINE_WORTH_OPENING, LINE_WORTH_MOVED, LINE_INTEREST,
                  LINE_WORTH_CLOSING, LINES };

void sheet_open(struct sheet *sheet, const struct state *state)
{
    sheet->sums = (struct statement_sums){ .state = state, .everyone = true, .sums_only = true };
    for (uint32_t row = 1; row < SYSTEM_SUBACCOUNTS; row++)
        sheet_put(sheet, row, sheet_add_class(sheet, (const char *)state_subaccount(state, row)->name));
    statement_sums_open(&sheet->sums);
}

unsigned sheet_add_class(struct sheet *sheet, const char *name)
{
    check(sheet->class_count < SHEET_CLASSES_MAX);
    sheet->class_name[sheet->class_count] = name;
    return sheet->class_count++;
}

void sheet_put(struct sheet *sheet, uint32_t subaccount, unsigned class)
{
    check(subaccount < SHEET_SUBACCOUNTS_MAX && class < sheet->class_count);
    sheet->class_of[subaccount] = (uint8_t)class;
}

void sheet_free(struct sheet *sheet)
{
    statement_sums_free(&sheet->sums);
}

/* --- sums --- */

static wide sheet_amount(const struct statement_line *line, unsigned what)
{
    switch (what) {
    case LINE_OPENING:
        return line->opening;
    case LINE_CLOSING:
        return line->closing;
    case LINE_WORTH_OPENING:
        return line->units_opening;
    case LINE_WORTH_MOVED:
        return line->units_moved;
    case LINE_INTEREST:
        return statement_sums_interest(line);
    case LINE_WORTH_CLOSING:
        return line->units_closing;
    default:
        return line->moved[what];
    }
}

static wide sheet_sum(const struct sheet *sheet, unsigned class, unsigned column, uint32_t thing, unsigned what)
{
    wide sum = 0;

    for (size_t i = 0; i < sheet->sums.line_count; i++) {
        const struct statement_line *line = &sheet->sums.lines[i];

        if (line->column == column && line->thing == thing && sheet->class_of[line->subaccount] == class)
            sum += sheet_amount(line, what);
    }
    return sum;
}

static wide sheet_total(const struct sheet *sheet, unsigned column, uint32_t thing, unsigned what)
{
    wide sum = 0;

    for (unsigned class = 0; class < sheet->class_count; class++)
        sum += sheet_sum(sheet, class, column, thing, what);
    return sum;
}

wide sheet_moved(const struct sheet *sheet, unsigned class, unsigned column, uint32_t thing, unsigned kind)
{
    return sheet_sum(sheet, class, column, thing, kind);
}

wide sheet_interest(const struct sheet *sheet, unsigned class, unsigned column, uint32_t thing)
{
    return sheet_sum(sheet, class, column, thing, LINE_INTEREST);
}

/* Whether there is anything in such a line. */
static bool sheet_has(const struct sheet *sheet, unsigned column, uint32_t thing, unsigned what)
{
    for (size_t i = 0; i < sheet->sums.line_count; i++) {
        const struct statement_line *line = &sheet->sums.lines[i];

        if (line->column == column && line->thing == thing &&
            (what < ENTRY_KINDS ? line->counts[what] != 0 : sheet_amount(line, what) != 0))
            return true;
    }
    return false;
}

static uint32_t sheet_things(const struct sheet *sheet, unsigned column)
{
    return column == COLUMN_LOTS || column == COLUMN_COST ? sheet->sums.state->markets.used
                                                          : sheet->sums.state->assets.used;
}

static bool sheet_is_there(const struct sheet *sheet, unsigned column, uint32_t thing)
{
    for (unsigned what = 1; what <= LINE_CLOSING; what++)
        if (sheet_has(sheet, column, thing, what))
            return true;
    return false;
}

/* Deposits that become money apart leave one column and enter another, so only the two together add up to 0. */
static wide sheet_line_total(const struct sheet *sheet, unsigned column, uint32_t thing, unsigned what)
{
    wide total = sheet_total(sheet, column, thing, what);

    if (column == COLUMN_HELD)
        total += sheet_total(sheet, COLUMN_APART, thing, what);
    return column == COLUMN_APART ? 0 : total;
}

/* --- what everybody is worth --- */

enum worth { WORTH_HELD, WORTH_LENT, WORTH_BORROWED, WORTH_POSITIONS, WORTH_OWED, WORTHS };
static const char *const worth_names[WORTHS] = { "held", "lent", "borrowed", "positions at the mark",
                                                 "claims less debts" };

/* Units of the settlement asset at the asset's index, rounded down. */
static wide sheet_at_index(const struct sheet *sheet, uint32_t asset, wide units)
{
    const struct state *state = sheet->sums.state;
    const struct asset *row = state_asset(state, asset), *settlement = state_asset(state, state_settlement(state));
    const wide price = (wide)row->index * (wide)units_power(settlement->decimals);

    return wide_divide_down(wide_divide_down(units * (price / 1000000), units_power(row->decimals)), 1000000);
}

static wide sheet_worth_of_market(const struct sheet *sheet, unsigned class, uint32_t row)
{
    const struct market *market = state_market(sheet->sums.state, row);
    const wide lots = sheet_sum(sheet, class, COLUMN_LOTS, row, LINE_CLOSING);
    const wide cost = sheet_sum(sheet, class, COLUMN_COST, row, LINE_CLOSING);

    return lots * (wide)market->mark * (wide)market->tick_lot_units - cost;
}

static wide sheet_worth_part(const struct sheet *sheet, unsigned class, enum worth part)
{
    const struct state *state = sheet->sums.state;
    wide sum = 0;

    for (uint32_t asset = 1; asset < state->assets.used; asset++) {
        if (part == WORTH_HELD)
            sum += sheet_at_index(sheet, asset, sheet_sum(sheet, class, COLUMN_HELD, asset, LINE_CLOSING) +
                                                    sheet_sum(sheet, class, COLUMN_APART, asset, LINE_CLOSING));
        if (part == WORTH_LENT)
            sum += sheet_at_index(sheet, asset, sheet_sum(sheet, class, COLUMN_LENT, asset, LINE_WORTH_CLOSING));
        if (part == WORTH_BORROWED)
            sum -= sheet_at_index(sheet, asset, sheet_sum(sheet, class, COLUMN_BORROWED, asset, LINE_WORTH_CLOSING));
    }
    for (uint32_t row = 1; row < state->markets.used && part == WORTH_POSITIONS; row++)
        sum += sheet_worth_of_market(sheet, class, row);
    if (part == WORTH_POSITIONS)
        return wide_divide_down(sum, 256);
    if (part == WORTH_OWED)
        sum = sheet_sum(sheet, class, COLUMN_CREDIT, 0, LINE_CLOSING) +
              sheet_sum(sheet, class, COLUMN_CLAIM, 0, LINE_CLOSING) -
              sheet_sum(sheet, class, COLUMN_DEBT, 0, LINE_CLOSING);
    return sum;
}

wide sheet_worth(const struct sheet *sheet, unsigned class)
{
    wide sum = 0;

    for (unsigned part = 0; part < WORTHS; part++)
        sum += sheet_worth_part(sheet, class, (enum worth)part);
    return sum;
}

void sheet_close(struct sheet *sheet, struct scenario_claims *claims)
{
    const size_t differences = statement_sums_close(&sheet->sums);
    unsigned lines = 0, wrong = 0;
    char first[128] = "";

    for (unsigned column = 0; column < COLUMNS; column++)
        for (uint32_t thing = 0; thing < sheet_things(sheet, column); thing++)
            for (unsigned what = 1; what <= LINE_WORTH_MOVED; what++) {
                if (what == LINE_WORTH_OPENING || !sheet_has(sheet, column, thing, what))
                    continue;
                lines++;
                if (sheet_line_total(sheet, column, thing, what) == 0)
                    continue;
                if (wrong++ == 0)
                    snprintf(first, sizeof first, "; the first: %s of %s, line %u", statement_column_name(column),
                             statement_thing(sheet->sums.state, column, thing), what);
            }
    scenario_claim(claims, "opening and movements make the closing, for every account, column and thing",
                   differences == 0, "%zu of %zu lines differ", differences, sheet->sums.line_count);
    scenario_claim(claims, "every line of the balance sheet adds up to 0 over everybody", wrong == 0,
                   "%u of %u lines do not%s", wrong, lines, first);
}

/* --- for people --- */

static const char *sheet_line_name(unsigned what)
{
    switch (what) {
    case LINE_OPENING:
        return "opening";
    case LINE_CLOSING:
        return "closing";
    case LINE_WORTH_OPENING:
        return "worth, opening";
    case LINE_WORTH_MOVED:
        return "worth that moved";
    case LINE_INTEREST:
        return "interest";
    case LINE_WORTH_CLOSING:
        return "worth, closing";
    default:
        return ledger_entry_text(what);
    }
}

/* Worth is in units of the asset, whatever the shares are. */
static void sheet_text(const struct sheet *sheet, unsigned column, uint32_t thing, unsigned what, wide amount,
                       char *text, size_t size)
{
    statement_amount(sheet->sums.state, what >= LINE_WORTH_OPENING ? COLUMN_HELD : column, thing, wide_narrow(amount),
                     text, size);
}

/* One line by class: clients', the exchange's together, custody, the total. */
static void sheet_print_amounts(const struct sheet *sheet, unsigned column, uint32_t thing, unsigned what,
                                const char *name, const wide *amounts)
{
    wide columns[SHEET_CLASSES_MAX + 3], exchange = 0, total = 0;
    unsigned count = 0;
    char text[UNITS_TEXT_MAX];

    for (unsigned class = 0; class < sheet->class_count; class++) {
        total += amounts[class];
        if (class >= SYSTEM_CLASSES)
            columns[count++] = amounts[class];
        else if (class != CLASS_CUSTODY)
            exchange += amounts[class];
    }
    columns[count++] = exchange;
    columns[count++] = amounts[CLASS_CUSTODY];
    columns[count++] = total;
    printf("  %-22s", name);
    for (unsigned i = 0; i < count; i++) {
        sheet_text(sheet, column, thing, what, columns[i], text, sizeof text);
        printf(" %*s", WIDTH, text);
    }
    printf("\n");
}

static void sheet_print_line(const struct sheet *sheet, unsigned column, uint32_t thing, unsigned what)
{
    wide amounts[SHEET_CLASSES_MAX];

    for (unsigned class = 0; class < sheet->class_count; class++)
        amounts[class] = sheet_sum(sheet, class, column, thing, what);
    sheet_print_amounts(sheet, column, thing, what, sheet_line_name(what), amounts);
}

static void sheet_print_title(const struct sheet *sheet, const char *thing, const char *column)
{
    printf("\n%s, %s\n  %-22s", thing, column, "");
    for (unsigned class = SYSTEM_CLASSES; class < sheet->class_count; class++)
        printf(" %*s", WIDTH, sheet->class_name[class]);
    printf(" %*s %*s %*s\n", WIDTH, "exchange", WIDTH, sheet->class_name[CLASS_CUSTODY], WIDTH, "total");
}

static void sheet_print_worth(const struct sheet *sheet)
{
    const uint32_t settlement = state_settlement(sheet->sums.state);
    wide amounts[SHEET_CLASSES_MAX];

    sheet_print_title(sheet, statement_thing(sheet->sums.state, COLUMN_HELD, settlement),
                      "what everybody is worth at the indices and marks");
    for (unsigned part = 0; part < WORTHS; part++) {
        for (unsigned class = 0; class < sheet->class_count; class++)
            amounts[class] = sheet_worth_part(sheet, class, (enum worth)part);
        sheet_print_amounts(sheet, COLUMN_HELD, settlement, LINE_CLOSING, worth_names[part], amounts);
    }
    for (unsigned class = 0; class < sheet->class_count; class++)
        amounts[class] = sheet_worth(sheet, class);
    sheet_print_amounts(sheet, COLUMN_HELD, settlement, LINE_CLOSING, "worth", amounts);
}

/* Of the exchange's part what is whose: closings alone. */
static void sheet_print_exchange(const struct sheet *sheet, unsigned column, uint32_t thing)
{
    char text[UNITS_TEXT_MAX];
    const char *between = "  of the exchange's:";

    for (unsigned class = 0; class < SYSTEM_CLASSES; class++) {
        const wide amount = sheet_sum(sheet, class, column, thing, LINE_CLOSING);

        if (class == CLASS_CUSTODY || amount == 0)
            continue;
        sheet_text(sheet, column, thing, LINE_CLOSING, amount, text, sizeof text);
        printf("%s %s %s", between, sheet->class_name[class], text);
        between = ",";
    }
    if (*between == ',')
        printf("\n");
}

static void sheet_print_one(const struct sheet *sheet, unsigned column, uint32_t thing)
{
    const bool shares = column == COLUMN_LENT || column == COLUMN_BORROWED;

    sheet_print_title(sheet, statement_thing(sheet->sums.state, column, thing), statement_column_name(column));
    sheet_print_line(sheet, column, thing, LINE_OPENING);
    for (unsigned what = 1; what < ENTRY_KINDS; what++)
        if (sheet_has(sheet, column, thing, what))
            sheet_print_line(sheet, column, thing, what);
    for (unsigned what = LINE_CLOSING; what < (shares ? LINES : LINE_CLOSING + 1); what++)
        sheet_print_line(sheet, column, thing, what);
    sheet_print_exchange(sheet, column, thing);
}

void sheet_print(const struct sheet *sheet)
{
    for (unsigned column = 0; column < COLUMNS; column++)
        for (uint32_t thing = 0; thing < sheet_things(sheet, column); thing++)
            if (sheet_is_there(sheet, column, thing))
                sheet_print_one(sheet, column, thing);
    sheet_print_worth(sheet);
}

/* --- as JSON --- */

static json_t *sheet_describe_line(const struct sheet *sheet, unsigned column, uint32_t thing, unsigned what)
{
    json_t *object = json_object(), *classes = json_object();

    for (unsigned class = 0; class < sheet->class_count; class++)
        report_set(classes, sheet->class_name[class],
                   json_integer((json_int_t)wide_narrow(sheet_sum(sheet, class, column, thing, what))));
    report_set(object, "line", json_string(sheet_line_name(what)));
    report_set(object, "classes", classes);
    report_set(object, "total", json_integer((json_int_t)wide_narrow(sheet_total(sheet, column, thing, what))));
    return object;
}

json_t *sheet_describe(const struct sheet *sheet)
{
    json_t *list = json_array();

    for (unsigned column = 0; column < COLUMNS; column++)
        for (uint32_t thing = 0; thing < sheet_things(sheet, column); thing++) {
            json_t *object, *rows;

            if (!sheet_is_there(sheet, column, thing))
                continue;
            object = json_object();
            rows = json_array();
            for (unsigned what = 1; what < LINES; what++)
                if (what == LINE_OPENING || what == LINE_CLOSING || sheet_has(sheet, column, thing, what))
                    json_array_append_new(rows, sheet_describe_line(sheet, column, thing, what));
            report_set(object, "column", json_string(statement_column_name(column)));
            report_set(object, "thing", json_string(statement_thing(sheet->sums.state, column, thing)));
            report_set(object, "rows", rows);
            json_array_append_new(list, object);
        }
    return list;
}
