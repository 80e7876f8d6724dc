/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/rerun.h"
#include "tools/stage_facts.h"
#include "util/filetime.h"

#define COMMAND_MAX ((size_t)1 << 20)
#define LIST_TEXT_MAX ((size_t)1 << 20)

static void
now_text(char text[FILETIME_MAX + 1])
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	/* The seconds from 1601, the epoch of FILETIME, to 1970. */
	const uint64_t ft =
	    ((uint64_t)t.tv_sec + UINT64_C(11644473600)) * 10000000 +
	    (uint64_t)t.tv_nsec / 100;
	*filetime_put((uint8_t *)text, ft) = '\0';
}

double
stage_facts_seconds(const struct stage_facts *f)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)(t.tv_sec - f->begin.tv_sec) +
	       (double)(t.tv_nsec - f->begin.tv_nsec) / 1e9;
}

void
stage_facts_begin(struct stage_facts *f, int argc, char **argv)
{
	(void)clock_gettime(CLOCK_MONOTONIC, &f->begin);
	now_text(f->started);
	if (gethostname(f->host, sizeof(f->host)) == -1)
		f->host[0] = '\0';
	f->host[sizeof(f->host) - 1] = '\0';
	(void)snprintf(
	    f->user, sizeof(f->user), "%lu", (unsigned long)geteuid());
	buf_init(&f->command, COMMAND_MAX);
	for (int i = 0; i < argc; i++)
		buf_fmt(&f->command, i == 0 ? "%s" : " %s", argv[i]);
	buf_byte(&f->command, '\0');
}

void
stage_facts_end(struct stage_facts *f, const char *sandbox)
{
	const bool added = f->added_bad[0] != '\0';
	size_t n = 0;

	now_text(f->ended);
	(void)snprintf(
	    f->seconds, sizeof(f->seconds), "%.3f", stage_facts_seconds(f));
	f->run[n++] = (struct manifest_pair){ "started", f->started };
	f->run[n++] = (struct manifest_pair){ "ended", f->ended };
	f->run[n++] = (struct manifest_pair){ "seconds", f->seconds };
	f->run[n++] = (struct manifest_pair){ "host", f->host };
	f->run[n++] = (struct manifest_pair){ "uid", f->user };
	f->run[n++] = (struct manifest_pair){ "sandbox", sandbox };
	if (f->inputs[0] != '\0')
		f->run[n++] =
		    (struct manifest_pair){ added ? RERUN_ADDED : RERUN_INPUTS,
			    f->inputs };
	if (added)
		f->run[n++] =
		    (struct manifest_pair){ RERUN_ADDED_BAD, f->added_bad };
	if (!f->command.full)
		f->run[n++] = (struct manifest_pair){ "command_line",
			(const char *)f->command.p };
	f->run[n].name = NULL;
}

static void
put_option(struct stage_facts *f, const char *name, const char *text)
{
	if (text == NULL)
		return;
	f->options[f->n_options++] = (struct manifest_pair){ name, text };
	f->options[f->n_options].name = NULL;
}

/* Record the options of the table that were given, or are always recorded. */
static void
put_given(struct stage_facts *f, const struct options *given)
{
	struct buf b;

	for (unsigned id = 0; id < OPTION_COUNT; id++) {
		const struct option_row *const row = &given->table->rows[id];
		const struct names *const list = &given->list[id];
		const char *text = row->manifest_always
				       ? options_value(given, id)
				       : given->value[id];
		if (row->manifest == NULL || text == NULL)
			continue;
		if (row->type == OPTION_FLAG)
			text = "true";
		if (row->type == OPTION_LIST) {
			buf_init(&b, LIST_TEXT_MAX);
			for (size_t i = 0; i < list->n; i++)
				buf_fmt(
				    &b, i == 0 ? "%s" : " %s", list->texts[i]);
			buf_byte(&b, '\0');
			char *const all =
			    b.full ? NULL : strdup((const char *)b.p);
			buf_reset(&b);
			text = all;
			if (all != NULL)
				f->lists[f->n_lists++] = all;
		}
		put_option(f, row->manifest, text);
	}
}

void
stage_facts_options(struct stage_facts *f, const struct stage_options *o)
{
	const struct options *const given = &o->given;
	const struct queries *const q = o->select.queries;
	struct err e;

	put_given(f, given);
	put_option(f, "event_set", o->event_set);
	put_option(f, "shards_sha256", o->shard.plan_sha256);
	put_option(
	    f, "dedupe", given->table->rows[OPT_DEDUPE].words[(int)o->dedupe]);
	if (o->level != 0) {
		(void)snprintf(
		    f->compress, sizeof(f->compress), "zstd:%d", o->level);
		put_option(f, "compress", f->compress);
	}
	if (o->recover != RECOVER_HIDDEN)
		put_option(f, "recover", given->value[OPT_RECOVER]);
	if (o->accounts != NULL)
		put_option(f, "accounts_sha256", accounts_sha256(o->accounts));
	if (o->line.system_columns)
		put_option(
		    f, "system_columns", given->value[OPT_SYSTEM_COLUMNS]);
	/* Files of queries may change, so their digest is recorded, too. */
	if (q != NULL && queries_digest(q, f->queries_sha256, &e) == RC_OK)
		put_option(f, "queries_sha256", f->queries_sha256);
	if (q != NULL && q->uses_now) {
		*filetime_put((uint8_t *)f->queries_now, q->now) = '\0';
		put_option(f, "now", f->queries_now);
	}
}

void
stage_facts_free(struct stage_facts *f)
{
	for (size_t i = 0; i < f->n_lists; i++)
		free(f->lists[i]);
	buf_reset(&f->command);
}
