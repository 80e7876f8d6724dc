/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/finding.h"

struct finding_draft
finding_start(
    const struct finding_visit *visit, enum finding_part part, const char *name)
{
	return (struct finding_draft){
		.visit = visit,
		.item = { .part = part, .verdict = FINDING_GOOD, .name = name },
	};
}

enum rc
finding_report(struct finding_draft *l, enum rc rc, struct err *e)
{
	if (rc != RC_OK && l->err.why == WHY_MEMORY)
		return err_nomem(e);
	if (rc != RC_OK && l->item.verdict == FINDING_GOOD)
		l->item.verdict = FINDING_BAD;
	l->item.text = rc == RC_OK ? "" : l->err.text;
	l->visit->item(l->visit->arg, &l->item);
	return RC_OK;
}
