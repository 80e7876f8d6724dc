/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "convert/damage_report.h"

/* Maximum bytes of damage.ndjson lines that one call appends. The lines contain
 * the name of the source, which may be long. */
#define LINES_MAX ((size_t)64 << 20)

struct damage_report {
	struct writer *out;
	struct damage_summary *summary;
	struct buf lines;
};

enum rc
damage_report_create(
    struct damage_report **rp, struct writer *out, struct err *e)
{
	struct damage_report *const r = calloc(1, sizeof(*r));

	*rp = r;
	if (r == NULL)
		return err_nomem(e);
	r->out = out;
	buf_init(&r->lines, LINES_MAX);
	return damage_summary_create(&r->summary, e);
}

void
damage_report_destroy(struct damage_report *r)
{
	if (r == NULL)
		return;
	damage_summary_destroy(r->summary);
	buf_reset(&r->lines);
	free(r);
}

enum rc
damage_report_add(struct damage_report *r, uint64_t number, const char *name,
    struct span lines, struct err *e)
{
	if (lines.n == 0)
		return RC_OK;
	buf_cut(&r->lines, 0);
	enum rc rc =
	    damage_summary_source(r->summary, number, name, &r->lines, e);
	if (rc == RC_OK)
		rc = damage_summary_add(r->summary, lines, &r->lines, e);
	return rc == RC_OK ? writer_damage(r->out, buf_span(&r->lines), e) : rc;
}

enum rc
damage_report_end(struct damage_report *r, uint64_t *summed, struct err *e)
{
	buf_cut(&r->lines, 0);
	const enum rc rc = damage_summary_end(r->summary, &r->lines, e);
	*summed = damage_summary_count(r->summary);
	return rc == RC_OK ? writer_damage(r->out, buf_span(&r->lines), e) : rc;
}

struct damage_summary *
damage_report_summary(const struct damage_report *r)
{
	return r->summary;
}
