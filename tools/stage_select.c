/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "select/queries_list.h"
#include "select/queries_rule.h"
#include "tools/cli.h"
#include "tools/stage_select.h"
#include "util/filetime.h"

/* The seconds from 1601, the epoch of FILETIME, to 1970. */
#define UNIX_SECONDS UINT64_C(11644473600)

static enum rc
read_time(const char *text, uint64_t *out, struct err *e)
{
	if (text != NULL && !filetime_parse(span_str(text), out))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "not a valid time: %s; use the form 2024-05-01T08:00:00Z",
		    text);
	return RC_OK;
}

static enum rc
read_queries(const struct options *o, struct select *s, struct err *e)
{
	const struct names *const texts = &o->list[OPT_QUERY];
	const struct names *const files = &o->list[OPT_QUERY_FILE];
	const struct names *const rules = &o->list[OPT_FROM_DCR];
	struct timespec t = { 0, 0 };
	char where[32];

	(void)clock_gettime(CLOCK_REALTIME, &t);
	uint64_t now = ((uint64_t)t.tv_sec + UNIX_SECONDS) * 10000000 +
		       (uint64_t)t.tv_nsec / 100;
	enum rc rc = read_time(o->value[OPT_NOW], &now, e);
	if (rc != RC_OK || texts->n + files->n + rules->n == 0)
		return rc;
	s->queries = calloc(1, sizeof(*s->queries));
	if (s->queries == NULL)
		return err_nomem(e);
	queries_init(s->queries, now);
	for (size_t i = 0; i < texts->n && rc == RC_OK; i++) {
		(void)snprintf(where, sizeof(where),
		    texts->n == 1 ? "--query" : "--query %zu", i + 1);
		rc = queries_add(
		    s->queries, where, span_str(texts->texts[i]), e);
	}
	for (size_t i = 0; i < files->n && rc == RC_OK; i++)
		rc = queries_list_add(s->queries, files->texts[i], e);
	for (size_t i = 0; i < rules->n && rc == RC_OK; i++)
		rc = queries_rule_add(s->queries, rules->texts[i], e);
	return rc == RC_OK ? queries_end(s->queries, e) : rc;
}

enum rc
stage_select_read(struct stage_options *o, struct err *e)
{
	const struct names *const list = o->given.list;
	const bool strict = o->given.value[OPT_STRICT_SETS] != NULL;
	struct select *const s = &o->select;
	const char *const from = o->given.value[OPT_FROM];
	const char *const to = o->given.value[OPT_TO];
	enum rc rc = read_time(from, &s->from, e);

	if (rc == RC_OK)
		rc = read_time(to, &s->to, e);
	if (rc == RC_OK && s->from >= s->to)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "--from is not before --to (evtxstage --help)");
	s->timed = from != NULL || to != NULL;

	s->channels = list[OPT_CHANNEL];
	s->providers = list[OPT_PROVIDER];
	s->computers = list[OPT_COMPUTER];
	if (rc == RC_OK && list[OPT_INCLUDE_EID].n != 0)
		rc = idlist_create(&s->include, &list[OPT_INCLUDE_EID], e);
	if (rc == RC_OK && list[OPT_EXCLUDE_EID].n != 0)
		rc = idlist_create(&s->exclude, &list[OPT_EXCLUDE_EID], e);
	if (rc == RC_OK && list[OPT_LEVEL].n != 0) {
		s->levels = calloc(1, sizeof(*s->levels));
		rc = s->levels == NULL
			 ? err_nomem(e)
			 : names_levels_read(s->levels, &list[OPT_LEVEL], e);
	}
	if (rc == RC_OK)
		rc = read_queries(&o->given, s, e);
	if (rc != RC_OK)
		return rc;
	if (o->event_set == NULL)
		o->event_set = s->queries != NULL ? "any" : "all";
	/* Use one spelling of a built-in name, for the manifest and for a
	 * resumed run. */
	if (eventset_builtin(o->event_set) != NULL)
		o->event_set = eventset_builtin(o->event_set);
	/* info uses the set none, which has no strict form. */
	if (strict && strcmp(o->event_set, "none") != 0)
		return eventset_load_strict(&s->set, o->event_set, e);
	return eventset_load(&s->set, o->event_set, e);
}

void
stage_select_show(const struct select *s)
{
	const struct queries *const q = s->queries;
	char text[4 * sizeof(q->shown) + 6];

	if (q == NULL || q->shown[0] == '\0')
		return;
	(void)fprintf(stderr, "  %s\n  %*s^\n",
	    cli_tame(text, sizeof(text), q->shown), (int)q->caret, "");
}
