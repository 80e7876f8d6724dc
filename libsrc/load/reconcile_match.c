/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/reconcile_match.h"

static enum rc
read_record(
    struct sorter_reader *reader, struct expected_record *out, struct err *e)
{
	struct span bytes;
	const enum rc rc = sorter_next(reader, &bytes, e);

	if (rc == RC_OK)
		memcpy(out, bytes.p, sizeof(*out));
	return rc;
}

static enum rc
read_ahead(struct reconcile_match *m, struct err *e)
{
	const enum rc rc = read_record(m->ahead, &m->next, e);

	m->more = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

/* Count the records of the next key. */
static enum rc
next_key(struct reconcile_match *m, struct err *e)
{
	enum rc rc = RC_OK;

	m->expected = 0;
	m->first = m->next;
	while (rc == RC_OK && m->more &&
	       memcmp(m->first.key, m->next.key, EXPECTED_KEY) == 0) {
		m->expected++;
		rc = read_ahead(m, e);
	}
	return rc;
}

enum rc
reconcile_match_begin(struct reconcile_match *m, const struct expected *x,
    struct scratch *scratch, struct err *e)
{
	const struct sorter_options findings = { expected_by_place, scratch,
		0 };

	memset(m, 0, sizeof(*m));
	enum rc rc = sorter_create(&m->findings, &findings, e);
	if (rc == RC_OK)
		rc = sorter_read(&m->ahead, x->records, e);
	if (rc == RC_OK)
		rc = sorter_read(&m->behind, x->records, e);
	if (rc == RC_OK)
		rc = read_ahead(m, e);
	return rc == RC_OK ? next_key(m, e) : rc;
}

void
reconcile_match_end(struct reconcile_match *m)
{
	sorter_reader_destroy(m->ahead);
	sorter_reader_destroy(m->behind);
	sorter_destroy(m->findings);
}

/* Compare the current key, of which the workspace has `copies` rows. If there
 * are too few, all of its records are findings, since nothing tells which of
 * them are there. */
static enum rc
finish_key(struct reconcile_match *m, uint64_t copies, struct err *e)
{
	struct reconcile_finding f = { .copies = copies,
		.expected = m->expected };
	const bool missing = copies < m->expected;
	const bool surplus = copies > m->expected;
	enum rc rc = RC_OK;

	for (uint64_t i = 0; rc == RC_OK && i < m->expected; i++) {
		rc = read_record(m->behind, &f.record, e);
		if (rc == RC_OK && (missing || (surplus && i == 0)))
			rc = sorter_add(m->findings,
			    span_of((const uint8_t *)&f, sizeof(f)), e);
	}
	m->missing += missing ? m->expected : 0;
	m->there += missing ? 0 : m->expected;
	m->doubles += surplus;
	m->extra += surplus ? copies - m->expected : 0;
	return rc == RC_OK ? next_key(m, e) : rc;
}

enum rc
reconcile_match_key(struct reconcile_match *m, const uint8_t key[EXPECTED_KEY],
    uint64_t copies, struct err *e)
{
	enum rc rc = RC_OK;

	m->rows += copies;
	while (rc == RC_OK && m->expected > 0 &&
	       memcmp(m->first.key, key, EXPECTED_KEY) < 0)
		rc = finish_key(m, 0, e);
	if (rc != RC_OK)
		return rc;
	if (m->expected > 0 && memcmp(m->first.key, key, EXPECTED_KEY) == 0)
		return finish_key(m, copies, e);
	m->others++;
	return RC_OK;
}

enum rc
reconcile_match_finish(struct reconcile_match *m, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && m->expected > 0)
		rc = finish_key(m, 0, e);
	return rc == RC_OK ? sorter_finish(m->findings, e) : rc;
}
