/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings of a verification: one for each part of a staging and each of its
 * inputs that was compared with the manifest. A finding that is not good says
 * why; it never ends the verification.
 */
#ifndef AUDIT_FINDING_H
#define AUDIT_FINDING_H

#include <stdint.h>

#include "util/err.h"

enum finding_part {
	FINDING_SEGMENT,
	FINDING_SOURCES, /* the file sources.ndjson */
	FINDING_LOGS,
	FINDING_DAMAGE,
	FINDING_CHUNKS,
	FINDING_FIELD, /* a file in fields/, which contains a long value */
	FINDING_SIGNATURE,
	FINDING_SUMS,  /* the record counts of a source, or of the run */
	FINDING_INPUT, /* an input of the run that was read again */
	FINDING_PARTS
};

enum finding_verdict {
	FINDING_GOOD,
	FINDING_BAD,     /* the content differs from the manifest */
	FINDING_MISSING, /* an input that was not found */
	/* An input that could not be read, now or when it was staged. */
	FINDING_UNREAD,
	FINDING_VERDICTS
};

struct finding {
	enum finding_part part;
	enum finding_verdict verdict;
	const char *name; /* name of the file or source */
	/* What is wrong with the file or source; "" if it is good. */
	const char *text;
	/* Number of bytes of the file or source that were read. */
	uint64_t bytes;
};

/* Called with each finding, whose strings are valid until the call returns. */
struct finding_visit {
	void (*item)(void *arg, const struct finding *item);
	void *arg;
};

/* A finding that is not reported yet, and the error from which finding.text is
 * made. */
struct finding_draft {
	const struct finding_visit *visit;
	struct finding item;
	struct err err;
};

struct finding_draft finding_start(const struct finding_visit *visit,
    enum finding_part part, const char *name);

/* Report a finding: good if `rc` is RC_OK, else with the text of its error, and
 * bad unless the caller set another verdict. Fails only if that error is
 * WHY_MEMORY. */
enum rc finding_report(struct finding_draft *l, enum rc rc, struct err *e);

#endif
