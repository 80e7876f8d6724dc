/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/history.h"
#include "checkpoint/scope.h"
#include "checkpoint/totals.h"
#include "load/inner.h"
#include "load/words.h"

struct status {
	const struct load_each *each;
	struct load_reason reasons[LOAD_REASONS];
	size_t n;
};

static enum rc
tell_target(void *arg, const char *name)
{
	const struct status *const s = arg;

	if (s->each->target == NULL)
		return RC_OK;
	return s->each->target(s->each->arg, name);
}

static enum rc
tell_staging(void *arg, const struct scope_staging *staging)
{
	const struct status *const s = arg;

	return s->each->staging(
	    s->each->arg, staging->name, staging->schema, staging->digest);
}

/* The last place is for all reasons that found none of their own. */
static struct load_reason *
place_of(struct status *s, const struct batch_refusal *r)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->reasons[i].http == r->http &&
		    words_same(s->reasons[i].text, r->text))
			return &s->reasons[i];
	if (s->n == LOAD_REASONS)
		return &s->reasons[s->n - 1];
	struct load_reason *const one = &s->reasons[s->n++];
	const bool last = s->n == LOAD_REASONS;
	one->http = last ? 0 : r->http;
	(void)snprintf(one->text, sizeof(one->text), "%s",
	    last ? "other reasons" : r->text);
	return one;
}

static enum rc
tell_refusal(
    void *arg, const struct batch_refusal *r, const char *sha256, struct err *e)
{
	struct status *const s = arg;
	const struct load_refusal one = { sha256, r->offset, r->length, r->http,
		r->text };

	(void)e;
	place_of(s, r)->records++;
	return s->each->refusal(s->each->arg, &one);
}

static enum rc
tell_reasons(const struct status *s)
{
	enum rc rc = RC_OK;

	if (s->each->reason == NULL)
		return RC_OK;
	for (size_t i = 0; rc == RC_OK && i < s->n; i++)
		rc = s->each->reason(s->each->arg, &s->reasons[i]);
	return rc;
}

enum rc
load_status(const struct load_target *target, struct load_report *report,
    const struct load_each *each, struct err *e)
{
	struct status status = { .each = each };
	const struct history_visitor tell = { .target = tell_target,
		.staging = tell_staging,
		.refusal = tell_refusal,
		.arg = &status };
	struct totals totals;
	struct checkpoint *state = NULL;

	memset(report, 0, sizeof(*report));
	enum rc rc = load_open_state(target, true, &state, e);
	if (rc == RC_OK)
		rc = totals_read(state, &totals, e);
	if (rc == RC_OK) {
		load_totals(&totals, report);
		rc = history_visit(state, &tell, e);
	}
	if (rc == RC_OK)
		rc = tell_reasons(&status);
	checkpoint_close(state);
	return rc;
}
