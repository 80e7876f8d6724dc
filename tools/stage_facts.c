/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "convert/rerun.h"
#include "tools/stage_dedupe.h"
#include "tools/stage_facts.h"
#include "util/filetime.h"

#define COMMAND_MAX ((size_t)1 << 20)

static void
now_text(char text[FILETIME_MAX + 1])
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	/* 1970 in FILETIME (RFC 3339 says when 1970 was). */
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

static void
put_list(struct stage_facts *f, const char *name, const struct stage_list *l)
{
	char *const text = stage_list_text(l);

	if (text != NULL)
		f->lists[f->n_lists++] = text;
	put_option(f, name, text);
}

/* Queries are told by their digest, too: files may change. */
static void
list_selection(struct stage_facts *f, const struct stage_options *of)
{
	const struct stage_selection *const o = &of->selection;
	const struct queries *const q = of->select.queries;
	struct err e;

	put_option(f, "event_set", o->event_set);
	put_option(f, "strict_sets", o->strict ? "true" : NULL);
	put_option(f, "from", o->from);
	put_option(f, "to", o->to);
	put_list(f, "include_eid", &o->include);
	put_list(f, "exclude_eid", &o->exclude);
	put_list(f, "channel", &o->channels);
	put_list(f, "provider", &o->providers);
	put_list(f, "computer", &o->computers);
	put_list(f, "level", &o->levels);
	put_list(f, "query", &o->queries);
	put_list(f, "query_file", &o->query_files);
	put_list(f, "from_dcr", &o->rules);
	if (q == NULL)
		return;
	if (queries_digest(q, f->queries_sha256, &e) == RC_OK)
		put_option(f, "queries_sha256", f->queries_sha256);
	if (!q->uses_now)
		return;
	*filetime_put((uint8_t *)f->queries_now, q->now) = '\0';
	put_option(f, "now", f->queries_now);
}

void
stage_facts_options(struct stage_facts *f, const struct stage_options *o)
{
	list_selection(f, o);
	put_option(f, "shards_sha256", o->shard.plan_sha256);
	put_option(f, "shard", o->shard.text);
	put_option(f, "log_name", o->log_name);
	put_option(f, "schema", o->schema_name);
	put_option(f, "decoder", o->decoder_name);
	put_option(f, "recover",
	    o->recover != RECOVER_HIDDEN ? o->recover_text : NULL);
	put_option(f, "provenance", o->provenance_text);
	put_option(f, "case", o->case_id);
	put_option(f, "eventdata", o->eventdata_text);
	put_option(f, "accounts", o->accounts_path);
	put_option(f, "accounts_sha256",
	    o->accounts != NULL ? accounts_sha256(o->accounts) : NULL);
	put_option(f, "system_columns",
	    o->line.system_columns ? o->system_text : NULL);
	put_option(f, "long_fields", o->long_text);
	put_option(f, "dedupe", stage_dedupe_name(o->dedupe));
	put_list(f, "name", &o->in.names);
	put_option(f, "nesting", o->in.levels);
	put_option(f, "max_ratio", o->in.ratio);
	put_option(f, "max_member", o->in.member);
	put_option(f, "max_unpacked", o->in.total);
	put_option(f, "max_archive_members", o->in.members);
	put_option(f, "max_spool", o->in.spool);
}

void
stage_facts_free(struct stage_facts *f)
{
	for (size_t i = 0; i < f->n_lists; i++)
		free(f->lists[i]);
	buf_reset(&f->command);
}
