/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/stage_logs.h"
#include "tools/cli.h"
#include "util/filetime.h"

#define NAME_SHOWN_MAX 4200
#define NOTES_SHOWN 10U

static void
row_missing(FILE *to, uint64_t missing, uint64_t gaps)
{
	char count[CLI_COUNT_MAX];
	char what[CLI_COUNT_MAX + 40];

	(void)snprintf(what, sizeof(what), " EventRecordID%s, in %s gap%s",
	    missing == 1 ? "" : "s", cli_count(count, gaps),
	    gaps == 1 ? "" : "s");
	cli_row_some(to, "missing", missing, what);
}

static void
put_log(FILE *to, const struct coverage_log_view *v)
{
	char channel[NAME_SHOWN_MAX];
	char computer[NAME_SHOWN_MAX];
	char count[CLI_COUNT_MAX];

	(void)fprintf(to, "  %-12s %15s record%s of %s on %s", "log",
	    cli_count(count, v->records), v->records == 1 ? "" : "s",
	    v->channel[0] == '\0'
		? "no channel"
		: cli_tame(channel, sizeof(channel), v->channel),
	    cli_tame(computer, sizeof(computer), v->computer));
	if (v->first_id != 0)
		(void)fprintf(to, ", %llu to %llu",
		    (unsigned long long)v->first_id,
		    (unsigned long long)v->last_id);
	(void)fprintf(to, "\n");
	row_missing(to, v->missing, v->gaps);
	cli_row_some(to, "repeated", v->repeated,
	    " with an id that an earlier record has");
	cli_row_some(to, "no id", v->without_id, "");
}

static void
put_note(FILE *to, const struct coverage_note *n)
{
	char time[FILETIME_MAX + 1];
	char before[FILETIME_MAX + 1];
	char name[NAME_SHOWN_MAX];

	*filetime_put((uint8_t *)time, n->time) = '\0';
	*filetime_put((uint8_t *)before, n->before) = '\0';
	if (n->kind == COVERAGE_JUMP) {
		(void)fprintf(to,
		    "  %-12s %s, record %llu of %s, after a record of %s\n",
		    "clock back", time, (unsigned long long)n->record_id,
		    cli_tame(name, sizeof(name), n->channel), before);
		return;
	}
	(void)fprintf(to, "  %-12s %s, %s", "log cleared",
	    n->time == 0 ? "at an unknown time" : time,
	    cli_tame(name, sizeof(name), n->log));
	if (n->by[0] != '\0')
		(void)fprintf(
		    to, ", by %s", cli_tame(name, sizeof(name), n->by));
	(void)fprintf(to, " (event %llu)\n", (unsigned long long)n->event_id);
}

void
stage_logs_table(FILE *to, const struct coverage *c)
{
	struct coverage_log_view v;
	uint64_t notes = 0;

	for (size_t i = 0; coverage_log(c, i, &v); i++) {
		put_log(to, &v);
		notes += v.cleared + v.jumps;
	}
	const struct coverage_note *n;
	unsigned shown = 0;
	while (shown < NOTES_SHOWN && (n = coverage_note(c, shown)) != NULL) {
		put_note(to, n);
		shown++;
	}
	cli_row_some(to, "and", notes - shown, " more of these (--json)");
}

void
stage_logs_sum(FILE *to, const struct coverage *c)
{
	struct coverage_log_view v;
	struct coverage_log_view sum = { .gaps = 0 };
	uint64_t logs = 0;

	for (; coverage_log(c, logs, &v); logs++) {
		sum.gaps += v.gaps;
		sum.missing += v.missing;
		sum.cleared += v.cleared;
		sum.jumps += v.jumps;
	}
	cli_row_notes(to, "logs", logs,
	    (struct cli_notes){
		": a channel of a computer", ": channels of computers" });
	row_missing(to, sum.missing, sum.gaps);
	cli_row_notes(to, "log cleared", sum.cleared,
	    (struct cli_notes){
		" time (events 1102, 104)", " times (events 1102, 104)" });
	cli_row_notes(to, "clock back", sum.jumps,
	    (struct cli_notes){ " time", " times" });
}
