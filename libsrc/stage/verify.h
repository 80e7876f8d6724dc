/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a finished staging is what was staged. Whether the evidence is still
 * what it was made of is convert/recheck.h's.
 *
 * The manifest itself was checked when the reader was opened. Here each thing
 * that it names is looked at and told, good or not; nothing stops at the first
 * that is bad.
 */
#ifndef STAGE_VERIFY_H
#define STAGE_VERIFY_H

#include "stage/reader.h"

enum verify_part {
	VERIFY_SEGMENT,
	VERIFY_SOURCES, /* sources.ndjson, and so on */
	VERIFY_LOGS,
	VERIFY_DAMAGE,
	VERIFY_CHUNKS,
	VERIFY_FIELD, /* a long value */
	VERIFY_SIGNATURE,
	VERIFY_SUMS,  /* of a source, or of the run */
	VERIFY_INPUT, /* a source */
	VERIFY_PARTS
};

enum verify_verdict {
	VERIFY_GOOD,
	VERIFY_BAD,     /* it is something else now */
	VERIFY_MISSING, /* inputs only: it is not there */
	VERIFY_UNREAD,  /* inputs only: it could not be read then or now */
	VERIFY_VERDICTS
};

/* Texts live for the call. */
struct scratch;
struct verify_item {
	enum verify_part part;
	enum verify_verdict verdict;
	const char *name;
	const char *text; /* why it is not good; else "" */
	uint64_t bytes;   /* that were read */
};

struct verify_visit {
	void (*item)(void *arg, const struct verify_item *item);
	void *arg;
};

/* The segments, the files of lines beside them, long values and the sums.
 * Temporary files are made by `scratch`. RC_FATAL only where nothing can
 * be said: no memory, a folder that cannot be listed. */
enum rc verify_staging(const struct reader *r, struct scratch *scratch,
    const struct verify_visit *visit, struct err *e);

/* The signature of the manifest, by this public key. */
struct sign_key;
enum rc verify_signature(const struct reader *r, const struct sign_key *key,
    const struct verify_visit *visit, struct err *e);

#endif
