/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/history.h"
#include "checkpoint/totals.h"
#include "load/refusal_text.h"
#include "load/session.h"
#include "load/status.h"
#include "load/target.h"

struct status {
	const struct load_each *each;
	struct load_reason reasons[LOAD_REASONS];
	size_t n;
};

static enum rc
report_target(void *arg, const char *name)
{
	const struct load_each *const each = ((const struct status *)arg)->each;

	return each->target != NULL ? each->target(each->arg, name) : RC_OK;
}

static enum rc
report_staging(void *arg, const struct scope_staging *staging)
{
	const struct load_each *const each = ((const struct status *)arg)->each;

	return each->staging(
	    each->arg, staging->name, staging->schema, staging->digest);
}

/* Find or add the reason of a refusal. The last element collects all reasons
 * for which there is no other element. */
static struct load_reason *
find_reason(struct status *s, const struct batch_refusal *r)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->reasons[i].http == r->http &&
		    refusal_text_equal(s->reasons[i].text, r->text))
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
report_refusal(
    void *arg, const struct batch_refusal *r, const char *sha256, struct err *e)
{
	struct status *const s = arg;
	const struct load_refusal one = { sha256, r->offset, r->length, r->http,
		r->text };

	(void)e;
	find_reason(s, r)->records++;
	return s->each->refusal(s->each->arg, &one);
}

enum rc
load_status(const struct load_target *target, struct load_report *report,
    const struct load_each *each, struct err *e)
{
	struct status s = { .each = each };
	const struct history_visitor all = { .target = report_target,
		.staging = report_staging,
		.refusal = report_refusal,
		.arg = &s };
	struct totals totals;
	struct checkpoint *checkpoint = NULL;

	memset(report, 0, sizeof(*report));
	enum rc rc = target_view_checkpoint(target, &checkpoint, e);
	if (rc == RC_OK)
		rc = totals_read(checkpoint, TOTALS_OF_CHECKPOINT, &totals, e);
	if (rc == RC_OK) {
		session_put_totals(&totals, report);
		rc = history_visit(checkpoint, &all, e);
	}
	for (size_t i = 0; rc == RC_OK && each->reason != NULL && i < s.n; i++)
		rc = each->reason(each->arg, &s.reasons[i]);
	checkpoint_close(checkpoint);
	return rc;
}
