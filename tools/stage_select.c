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

/* 1970 in FILETIME (RFC 3339 says when 1970 was). */
#define UNIX_SECONDS UINT64_C(11644473600)
#define LIST_TEXT_MAX ((size_t)1 << 20)

bool
stage_list_add(struct stage_list *l, const char *text, bool command_line)
{
	if (command_line && !l->given)
		l->names.n = 0;
	l->given = l->given || command_line;
	const char **const more =
	    realloc(l->names.texts, (l->names.n + 1) * sizeof(*l->names.texts));
	if (more == NULL)
		return false;
	more[l->names.n++] = text;
	l->names.texts = more;
	return true;
}

char *
stage_list_text(const struct stage_list *l)
{
	struct buf b;

	if (l->names.n == 0)
		return NULL;
	buf_init(&b, LIST_TEXT_MAX);
	for (size_t i = 0; i < l->names.n; i++)
		buf_fmt(&b, i == 0 ? "%s" : " %s", l->names.texts[i]);
	buf_byte(&b, '\0');
	char *const text = b.full ? NULL : strdup((const char *)b.p);
	buf_reset(&b);
	return text;
}

void
stage_select_free(struct stage_selection *o)
{
	free(o->include.names.texts);
	free(o->exclude.names.texts);
	free(o->channels.names.texts);
	free(o->providers.names.texts);
	free(o->computers.names.texts);
	free(o->levels.names.texts);
	free(o->queries.names.texts);
	free(o->query_files.names.texts);
	free(o->rules.names.texts);
	memset(o, 0, sizeof(*o));
}

static enum rc
read_time(const char *text, uint64_t *out, struct err *e)
{
	if (text != NULL && !filetime_parse(span_str(text), out))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "a time is like 2024-05-01T08:00:00Z, not %s (evtxstage "
		    "--help)",
		    text);
	return RC_OK;
}

static enum rc
read_times(const struct stage_selection *o, struct select *s, struct err *e)
{
	enum rc rc = read_time(o->from, &s->from, e);

	if (rc == RC_OK)
		rc = read_time(o->to, &s->to, e);
	if (rc == RC_OK && s->from >= s->to)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--from is not before --to (evtxstage --help)");
	s->timed = o->from != NULL || o->to != NULL;
	return rc;
}

static enum rc
read_ids(const struct stage_list *l, struct idlist **ids, struct err *e)
{
	return l->names.n == 0 ? RC_OK : idlist_create(ids, &l->names, e);
}

static enum rc
read_levels(const struct stage_list *l, struct select *s, struct err *e)
{
	if (l->names.n == 0)
		return RC_OK;
	s->levels = calloc(1, sizeof(*s->levels));
	if (s->levels == NULL)
		return err_nomem(e);
	return names_levels_read(s->levels, &l->names, e);
}

static uint64_t
clock_now(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return ((uint64_t)t.tv_sec + UNIX_SECONDS) * 10000000 +
	       (uint64_t)t.tv_nsec / 100;
}

static enum rc
read_texts(const struct stage_list *l, struct queries *q, struct err *e)
{
	enum rc rc = RC_OK;
	char where[32];

	for (size_t i = 0; i < l->names.n && rc == RC_OK; i++) {
		(void)snprintf(where, sizeof(where),
		    l->names.n == 1 ? "--query" : "--query %zu", i + 1);
		rc = queries_add(q, where, span_str(l->names.texts[i]), e);
	}
	return rc;
}

static enum rc
read_files(const struct stage_list *l, struct queries *q,
    enum rc (*add)(struct queries *, const char *, struct err *), struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < l->names.n && rc == RC_OK; i++)
		rc = add(q, l->names.texts[i], e);
	return rc;
}

static enum rc
read_queries(const struct stage_selection *o, struct select *s, struct err *e)
{
	uint64_t now = clock_now();
	enum rc rc = read_time(o->now, &now, e);

	if (rc != RC_OK ||
	    (o->queries.names.n == 0 && o->query_files.names.n == 0 &&
		o->rules.names.n == 0))
		return rc;
	s->queries = calloc(1, sizeof(*s->queries));
	if (s->queries == NULL)
		return err_nomem(e);
	queries_init(s->queries, now);
	rc = read_texts(&o->queries, s->queries, e);
	if (rc == RC_OK)
		rc = read_files(
		    &o->query_files, s->queries, queries_list_add, e);
	if (rc == RC_OK)
		rc = read_files(&o->rules, s->queries, queries_rule_add, e);
	return rc == RC_OK ? queries_end(s->queries, e) : rc;
}

enum rc
stage_select_read(struct stage_selection *o, struct select *s, struct err *e)
{
	enum rc rc = read_times(o, s, e);

	s->channels = o->channels.names;
	s->providers = o->providers.names;
	s->computers = o->computers.names;
	if (rc == RC_OK)
		rc = read_ids(&o->include, &s->include, e);
	if (rc == RC_OK)
		rc = read_ids(&o->exclude, &s->exclude, e);
	if (rc == RC_OK)
		rc = read_levels(&o->levels, s, e);
	if (rc == RC_OK)
		rc = read_queries(o, s, e);
	if (o->event_set == NULL)
		o->event_set = s->queries != NULL ? "any" : "all";
	/* The manifest and a resumed run know a set by one spelling. */
	if (eventset_builtin(o->event_set) != NULL)
		o->event_set = eventset_builtin(o->event_set);
	/* `info` looks at everything and selects nothing. */
	if (rc == RC_OK && o->strict && strcmp(o->event_set, "none") != 0)
		return eventset_load_strict(&s->set, o->event_set, e);
	return rc == RC_OK ? eventset_load(&s->set, o->event_set, e) : rc;
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
