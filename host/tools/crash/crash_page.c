/* A study as one page: no script, nothing from elsewhere; charts are SVG (crash_chart.h), colours CSS. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "crash_page.h"
#include "policy.h"

static const char page_style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--soft:#57606a;--line:#d0d7de;--faint:#e9ecef;"
    "--good:#00735a;--bad:#b3261e;--k0:#57606a;--k1:#0072b2;--k2:#d55e00;--k3:#c08000;--k4:#009e73;--k5:#b5578f;"
    "--k6:#3a9bd1;--k7:#7a5230}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--soft:#a3abb3;--line:#3a4149;"
    "--faint:#262b30;--good:#43c59e;--bad:#ff8a80;--k0:#a3abb3;--k1:#58b0f0;--k2:#ff8a4a;--k3:#e6b341;--k4:#3ccf9f;"
    "--k5:#e08fc0;--k6:#8ad0f5;--k7:#c09a7a}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 'DejaVu Sans',Helvetica,Arial,sans-serif}"
    "main{max-width:1140px;margin:0 auto;padding:24px 20px 60px}\n"
    "h1{font-size:25px;margin:0 0 4px}h2{font-size:18px;margin:38px 0 8px}p{margin:6px 0}.soft{color:var(--soft)}\n"
    "ul.list{list-style:none;padding:0;margin:8px 0}"
    "ul.list li{margin:4px 0;padding-left:100px;text-indent:-100px}ul.list b{display:inline-block;"
    "min-width:100px;padding-right:10px;text-indent:0}.yes b,.tie b{color:var(--good)}.no b{color:var(--bad)}"
    ".undecided b{color:var(--k3)}.beside{display:block;text-indent:0}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:12px;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}th,td{padding:5px 7px;border-bottom:1px solid var(--faint);text-align:right}"
    "th:first-child{text-align:left;font-weight:normal}thead th{border-bottom:1px solid var(--line);font-weight:bold}"
    ".plusminus{color:var(--soft)}\n"
    "figure{margin:14px 0;border:1px solid var(--faint);border-radius:8px}.pair{display:grid;grid-template-columns:"
    "repeat(auto-fit,minmax(440px,1fr));gap:14px}.pair figure{margin:0}svg.chart{display:block;width:100%;height:auto;"
    "font-size:12.5px;fill:var(--ink)}\n"
    ".title{font-size:15px;font-weight:bold}.tick,.note{fill:var(--soft)}.tick.y{text-anchor:end}.tick.x,.x-title,"
    ".y-title,.label{text-anchor:middle}.grid{stroke:var(--faint)}.axis{stroke:var(--soft);fill:none}\n"
    ".line{fill:none;stroke:var(--c);stroke-width:1.7;stroke-linejoin:round;stroke-dasharray:var(--d,none)}"
    ".bar{fill:var(--c)}.point{fill:var(--c);stroke:var(--paper);stroke-width:1}.seed{fill:var(--c);fill-opacity:.45}"
    ".whisker{fill:none;stroke:var(--c);stroke-width:1.5}\n"
    ".s-none{--c:var(--k0);--d:2 3}.s-1{--c:var(--k1)}.line.s-1{stroke-width:2.8}.s-2{--c:var(--k2);--d:8 3}"
    ".s-3{--c:var(--k3);--d:5 2 1 2}.s-4{--c:var(--k4);--d:3 2}.s-5{--c:var(--k5);--d:10 3 2 3}"
    ".s-6{--c:var(--k6);--d:6 2}.s-7{--c:var(--k7);--d:1 2}\n"
    ".s-index{--c:var(--k4)}.s-mark{--c:var(--k2);--d:6 3}.s-mid{--c:var(--k1)}.s-without{--c:var(--k0);--d:2 3}"
    ".s-book{--c:var(--k1)}.s-backstop{--c:var(--k3)}.s-deleveraged{--c:var(--k2)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px}dt{font-weight:bold}dd{margin:0}"
    "@media print{figure{break-inside:avoid}}\n";

/* --- reading the study --- */

static const char *page_string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "-";
}

static double page_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    return json_is_number(number) ? json_number_value(number) : NAN;
}

static void page_read(struct crash_page *page, const json_t *study)
{
    const json_t *run = json_array_get(json_object_get(study, "runs"), 0);
    const json_t *seconds = json_object_get(json_object_get(run, "moments"), "second");
    size_t index;
    json_t *value;

    page->study = study;
    page->sweep = json_is_object(json_object_get(study, "sweep")) ? json_object_get(study, "sweep") : NULL;
    page->columns = (uint32_t)json_array_size(json_object_get(study, "policies"));
    page->moments = (uint32_t)json_array_size(seconds);
    page->time = memory_reserve(page->moments + 1u, sizeof *page->time);
    json_array_foreach(seconds, index, value)
        page->time[index] = json_number_value(value);
    page->last = page->moments ? page->time[page->moments - 1] : 0;
    page->first = page->moments ? page->time[0] : 0;
    page->unit_seconds = page->last - page->first > PAGE_HOURS_FROM ? 3600 : 60;
    page->x_title = page->unit_seconds == 60 ? "time of the tape, minutes" : "time of the tape, hours";
    for (uint32_t i = 0; i < page->moments; i++)
        page->time[i] /= page->unit_seconds;
    json_array_foreach(json_object_get(study, "compared"), index, value) {
        struct crash_page_policy *policy = &page->policy[page->policies];

        if (page->policies == CRASH_POLICIES)
            break;
        policy->name = json_string_value(value);
        policy->shape = page->sweep ? (uint32_t)index : policy_find(policy->name) - 1;
        snprintf(policy->series, sizeof policy->series, "%u", policy->shape % PAGE_COLOURS + 1);
        page->names[page->policies++] = policy->name;
    }
}

double *crash_page_series(const struct crash_page *page, const char *policy, const char *key, double seed)
{
    double *sum = memory_reserve(page->moments + 1u, sizeof *sum);
    uint32_t *count = memory_reserve(page->moments + 1u, sizeof *count);
    const bool price = strcmp(key, "mid") == 0 || strcmp(key, "index") == 0 || strcmp(key, "mark") == 0;
    size_t number, index;
    json_t *run, *value;

    json_array_foreach(json_object_get(page->study, "runs"), number, run) {
        if (strcmp(crash_metrics_column(run), policy) != 0 || (seed >= 0 && page_number(run, "seed") != seed))
            continue;
        json_array_foreach(json_object_get(json_object_get(run, "moments"), key), index, value)
            if (index < page->moments && json_is_number(value) && !(price && json_number_value(value) <= 0)) {
                sum[index] += json_number_value(value);
                count[index]++;
            }
    }
    for (uint32_t i = 0; i < page->moments; i++)
        sum[i] = count[i] ? sum[i] / count[i] : NAN;
    free(count);
    return sum;
}

const json_t *crash_page_metric(const struct crash_page *page, uint32_t policy, const char *metric)
{
    return crash_metrics_of(json_array_get(json_object_get(page->study, "policies"), policy), metric);
}

/* --- words and tables --- */

static void page_item(const struct crash_page *page, const char *class, const char *result, const char *what,
                      const char *detail, const char *beside)
{
    fprintf(page->file, "<li class='%s'><b>%s</b>", class, result);
    crash_chart_text(page->file, what);
    if (*detail) {
        fprintf(page->file, ": <span class='soft'>");
        crash_chart_text(page->file, detail);
        fprintf(page->file, "</span>");
    }
    if (*beside) {
        fprintf(page->file, "<span class='soft beside'>");
        crash_chart_text(page->file, beside);
        fprintf(page->file, "</span>");
    }
    fprintf(page->file, "</li>\n");
}

static void page_claims(const struct crash_page *page)
{
    size_t index;
    json_t *one;

    fprintf(page->file, "<ul class='list'>\n");
    json_array_foreach(json_object_get(page->study, "claims"), index, one) {
        const bool holds = json_is_true(json_object_get(one, "holds"));

        page_item(page, holds ? "yes" : "no", holds ? "holds" : "broken", page_string(one, "claim"),
                  page_string(one, "detail"), "");
    }
    fprintf(page->file, "</ul>\n");
}

static void page_goals(const struct crash_page *page)
{
    const json_t *goals = json_object_get(page->study, "goals");
    size_t index;
    json_t *one;

    if (json_array_size(goals) == 0)
        return;
    fprintf(page->file, "<h2>Goals</h2>\n<p class='soft'>By the %.0f %% interval of the paired differences (same "
            "seeds) to every other policy: yes or no where it leaves 0 out, undecided where it covers 0, tie where "
            "they are equal.</p>\n<ul class='list'>\n", page_number(page->study, "confidence_percent"));
    json_array_foreach(goals, index, one)
        page_item(page, page_string(one, "result"), page_string(one, "result"), page_string(one, "goal"),
                  page_string(one, "detail"), page_string(one, "beside"));
    fprintf(page->file, "</ul>\n");
}

static void page_head(const struct crash_page *page)
{
    const json_t *run = json_array_get(json_object_get(page->study, "runs"), 0);
    char interest[32];

    fprintf(page->file, "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>\n"
            "<meta name='viewport' content='width=device-width,initial-scale=1'>\n<title>Crash: ");
    crash_chart_text(page->file, page_string(page->study, "tape"));
    fprintf(page->file, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>Crash: ", page_style);
    crash_chart_text(page->file, page_string(page->study, "tape"));
    crash_chart_number(page_number(run, "open_interest"), page_number(run, "open_interest") / 1000, interest,
                       sizeof interest);
    fprintf(page->file, "</h1>\n<p class='soft'>%u ", page->policies);
    if (page->sweep) {
        fprintf(page->file, "value%s of ", page->policies == 1 ? "" : "s");
        crash_chart_text(page->file, page_string(page->sweep, "key"));
        fprintf(page->file, " with policy %s", page_string(page->sweep, "policy"));
    } else {
        fprintf(page->file, "polic%s of liquidation", page->policies == 1 ? "y" : "ies");
    }
    fprintf(page->file, " on the same tape, accounts, makers and noise; %.0f seed%s; %.0f accounts in %.0f market%s "
            "over %.0f s; open interest %s USDC.</p>\n<p class='soft'>%s (%.0f %% confidence.)</p>\n",
            page_number(page->study, "seeds"), page_number(page->study, "seeds") == 1 ? "" : "s",
            page_number(page->study, "accounts"), page_number(page->study, "markets"),
            page_number(page->study, "markets") == 1 ? "" : "s", page_number(page->study, "seconds"), interest,
            crash_words_intervals, page_number(page->study, "confidence_percent"));
}

static void page_cell(const struct crash_page *page, const struct crash_metric *metric, uint32_t column)
{
    char text[CRASH_METRIC_TEXT];
    const int mean = crash_metric_write(metric, crash_page_metric(page, column, metric->key), text);

    fprintf(page->file, "<td>%.*s", mean, text);
    if (text[mean])
        fprintf(page->file, "<span class='plusminus'>%s</span>", text + mean);
    fprintf(page->file, "</td>");
}

static void page_table(const struct crash_page *page)
{
    fprintf(page->file, "<h2>%s compared</h2>\n<div class='wide'><table><thead><tr><th>",
            page->sweep ? "Values" : "Policies");
    if (page->sweep)
        crash_chart_text(page->file, page_string(page->sweep, "key"));
    fprintf(page->file, "</th>");
    for (uint32_t i = 0; i < page->columns; i++) {
        fprintf(page->file, "<th>");
        crash_chart_text(page->file, crash_policy_title(page_string(
                                         json_array_get(json_object_get(page->study, "policies"), i), "policy")));
        fprintf(page->file, "</th>");
    }
    fprintf(page->file, "</tr></thead><tbody>\n");
    for (const struct crash_metric *metric = crash_metrics; metric->key; metric++) {
        fprintf(page->file, "<tr><th>");
        crash_chart_text(page->file, metric->label);
        fprintf(page->file, "%s%.*s</th>", *metric->unit ? ", " : "", (int)strcspn(metric->unit, " "), metric->unit);
        for (uint32_t i = 0; i < page->columns; i++)
            page_cell(page, metric, i);
        fprintf(page->file, "</tr>\n");
    }
    fprintf(page->file, "</tbody></table></div>\n<p class='soft'>bp and %% are of open interest but for shares, equity "
            "and displacement.%s %s</p>\n", page->columns > page->policies ? " nobody: the path on which nobody is "
            "liquidated." : "", crash_words_displacement);
}

static void page_setting(const struct crash_page *page, const char *name, const json_t *value)
{
    fprintf(page->file, "<dt>");
    crash_chart_text(page->file, name);
    fprintf(page->file, "</dt><dd>");
    if (json_is_string(value))
        crash_chart_text(page->file, json_string_value(value));
    else if (json_is_number(value))
        fprintf(page->file, "%.10g", json_number_value(value));
    else
        fprintf(page->file, "-");
    fprintf(page->file, "</dd>\n");
}

static void page_settings(const struct crash_page *page)
{
    static const char *const keys[] = { "engine", "replayed_on", "seed", "seeds", "interest_to_depth", "depth_scale",
                                        "provider_capital", "provider_hedge_seconds", "message_rate", "fund" };
    const char *key;
    size_t index;
    json_t *value;

    fprintf(page->file, "<h2>Settings</h2>\n<dl>\n");
    json_array_foreach(json_object_get(page->study, "files"), index, value)
        page_setting(page, "file", value);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        page_setting(page, keys[i], json_object_get(page->study, keys[i]));
    json_object_foreach(json_object_get(page->study, "rules"), key, value) {
        char name[64];

        snprintf(name, sizeof name, "risk.%s", key);
        page_setting(page, name, value);
    }
    fprintf(page->file, "</dl>\n");
}

static void page_words(const struct crash_page *page)
{
    static const struct {
        const char *word, *meaning;
    } words[] = {
        { "shortfall", "what bankrupt accounts lost beyond what they had: paid by the fund, borne by the deleveraged "
                       "against the mark, or left as claims" },
        { "socialised", "the shortfall but for what the fund paid" },
        { "providers' profit", "equity of the backstop providers at the end, at the prices outside, less what they "
                               "brought" },
        { "shortfall + providers' loss", "the shortfall and what providers lost, where they lost: what somebody else "
                                         "than the liquidated paid" },
        { "forgone", "what the deleveraged would have had more, had they held what was taken from them for 60 s "
                     "longer" },
        { "displacement", "how much further than on the path without liquidations the pressed side of the book is from "
                          "the price outside; below the table it is defined" },
        { "two-sided", "with bids and asks; the share of time is by open interest" },
        { "underwater", "the sum of all accounts' equity that is below zero" },
        { "nobody", "the path with the same seed on which nobody is liquidated; its displacement is 0 by definition" },
        { "episode", "from an account's detection to its end; it ends healthy, or wiped out, or is still open at the "
                     "tape's end; time to healthy is of those that ended healthy" },
        { "depth", "what stands within 5 % of the mid, both sides" },
        { "equity kept", "what liquidated accounts had left when they were through, of what they had when found" },
        { "wiped out", "an account left with less than 1 % of its equity" },
        { "by the mark's lag", "shortfall that would not have been, had the mark been at the raw index" },
    };

    fprintf(page->file, "<h2>Words</h2>\n<dl>\n");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        fprintf(page->file, "<dt>%s</dt><dd>%s</dd>\n", words[i].word, words[i].meaning);
    for (uint32_t i = 0; i < page->policies && !page->sweep; i++) {
        fprintf(page->file, "<dt>");
        crash_chart_text(page->file, page->names[i]);
        fprintf(page->file, "</dt><dd>");
        crash_chart_text(page->file, policy_get(policy_find(page->names[i]))->text);
        fprintf(page->file, "</dd>\n");
    }
    fprintf(page->file, "</dl>\n");
}

static void page_write(struct crash_page *page)
{
    page_head(page);
    page_goals(page);
    page_table(page);
    crash_page_charts(page);
    fprintf(page->file, "<h2>What must hold</h2>\n");
    page_claims(page);
    page_settings(page);
    page_words(page);
    fprintf(page->file, "</main></body></html>\n");
}

bool crash_page_write(const json_t *study, const char *path, char error[CRASH_ERROR])
{
    struct crash_page page = { .file = fopen(path, "w") };
    bool whole = page.file != NULL;

    if (page.file) {
        page_read(&page, study);
        page_write(&page);
        free(page.time);
        whole = !ferror(page.file);
        whole = fclose(page.file) == 0 && whole;
    }
    if (!whole)
        snprintf(error, CRASH_ERROR, "%.200s: %s", path, strerror(errno));
    return whole;
}
