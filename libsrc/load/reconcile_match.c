/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/reconcile_match.h"

/* --- the expected records ------------------------------------------------ */

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

static enum rc
read_content(struct reconcile_match *m, struct err *e)
{
	const enum rc rc = read_record(m->contents, &m->content, e);

	m->content_more = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

/* Count the records of the next key. */
static enum rc
next_key(struct reconcile_match *m, struct err *e)
{
	enum rc rc = RC_OK;

	m->expected = 0;
	m->copies = 0;
	m->foreign = 0;
	m->lacks = false;
	m->first = m->next;
	while (rc == RC_OK && m->more &&
	       memcmp(m->first.key, m->next.key, EXPECTED_KEY) == 0) {
		m->expected++;
		rc = read_ahead(m, e);
	}
	return rc;
}

enum rc
reconcile_match_begin(
    struct reconcile_match *m, struct scratch *scratch, struct err *e)
{
	const struct sorter_options findings = { expected_by_place, scratch,
		0 };
	enum rc rc = sorter_create(&m->findings, &findings, e);

	if (rc == RC_OK)
		rc = sorter_read(&m->ahead, m->x->records, e);
	if (rc == RC_OK)
		rc = sorter_read(&m->behind, m->x->records, e);
	if (rc == RC_OK && m->with_content)
		rc = sorter_read(&m->contents, m->x->records, e);
	if (rc == RC_OK && m->with_content)
		rc = read_content(m, e);
	if (rc == RC_OK)
		rc = read_ahead(m, e);
	return rc == RC_OK ? next_key(m, e) : rc;
}

void
reconcile_match_end(struct reconcile_match *m)
{
	sorter_reader_destroy(m->ahead);
	sorter_reader_destroy(m->contents);
	sorter_reader_destroy(m->behind);
	sorter_destroy(m->findings);
}

/* --- content ------------------------------------------------------------- */

/* True if the next record of `contents` has the current key. */
static bool
has_content(const struct reconcile_match *m)
{
	return m->content_more &&
	       memcmp(m->content.key, m->first.key, EXPECTED_KEY) == 0;
}

/* Compare rows with the records of their key. */
static enum rc
match_content(
    struct reconcile_match *m, const struct reconcile_row *row, struct err *e)
{
	bool staged = false;
	enum rc rc = RC_OK;

	while (rc == RC_OK && has_content(m)) {
		const int order =
		    memcmp(m->content.content, row->content, ROW_CONTENT_BYTES);
		if (order > 0)
			break;
		staged = staged || order == 0;
		m->lacks = m->lacks || order < 0;
		rc = read_content(m, e);
	}
	m->foreign += staged ? 0 : row->copies;
	return rc;
}

/* Read the other records of the key, whose content no row has. */
static enum rc
finish_content(struct reconcile_match *m, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && has_content(m)) {
		m->lacks = true;
		rc = read_content(m, e);
	}
	return rc;
}

/* --- keys ---------------------------------------------------------------- */

static enum rc
add_finding(struct reconcile_match *m, enum reconcile_kind kind,
    const struct expected_record *record, struct err *e)
{
	const struct reconcile_finding f = { .record = *record,
		.kind = kind,
		.copies = m->copies,
		.expected = m->expected,
		.foreign = m->foreign };

	return sorter_add(
	    m->findings, span_of((const uint8_t *)&f, sizeof(f)), e);
}

/* Judge the current key after its last row. If there are too few rows, all
 * records of the key are findings, since it is not known which of them are
 * missing. */
static enum rc
finish_key(struct reconcile_match *m, struct err *e)
{
	const uint64_t extra =
	    m->copies > m->expected ? m->copies - m->expected : 0;
	const bool missing = m->copies < m->expected;
	struct expected_record record;
	enum rc rc = m->with_content ? finish_content(m, e) : RC_OK;
	const bool altered =
	    m->with_content && !missing && (m->lacks || m->foreign > 0);

	for (uint64_t i = 0; rc == RC_OK && i < m->expected; i++) {
		rc = read_record(m->behind, &record, e);
		if (rc == RC_OK && missing)
			rc = add_finding(m, RECONCILE_MISSING, &record, e);
		if (rc == RC_OK && extra > 0 && i == 0)
			rc = add_finding(m, RECONCILE_DOUBLE, &record, e);
		if (rc == RC_OK && altered && i == 0)
			rc = add_finding(m, RECONCILE_ALTERED, &record, e);
	}
	m->missing += missing ? m->expected : 0;
	m->there += missing ? 0 : m->expected;
	m->doubles += extra > 0;
	m->extra += extra;
	m->altered += altered;
	return rc == RC_OK ? next_key(m, e) : rc;
}

enum rc
reconcile_match_row(
    struct reconcile_match *m, const struct reconcile_row *row, struct err *e)
{
	enum rc rc = RC_OK;

	m->rows += row->copies;
	while (rc == RC_OK && m->expected > 0 &&
	       memcmp(m->first.key, row->key, EXPECTED_KEY) < 0)
		rc = finish_key(m, e);
	if (rc != RC_OK)
		return rc;
	if (m->expected > 0 &&
	    memcmp(m->first.key, row->key, EXPECTED_KEY) == 0) {
		m->copies += row->copies;
		return m->with_content ? match_content(m, row, e) : RC_OK;
	}
	if (!m->any_other || memcmp(m->other, row->key, EXPECTED_KEY) != 0)
		m->others++;
	m->any_other = true;
	memcpy(m->other, row->key, EXPECTED_KEY);
	return RC_OK;
}

enum rc
reconcile_match_finish(struct reconcile_match *m, struct err *e)
{
	struct sorter_reader *keyless = NULL;
	struct expected_record record;
	enum rc rc = RC_OK;

	while (rc == RC_OK && m->expected > 0)
		rc = finish_key(m, e);
	if (rc == RC_OK)
		rc = sorter_read(&keyless, m->x->keyless_records, e);
	while (rc == RC_OK && (rc = read_record(keyless, &record, e)) == RC_OK)
		rc = add_finding(m, RECONCILE_KEYLESS, &record, e);
	sorter_reader_destroy(keyless);
	return rc == RC_END ? sorter_finish(m->findings, e) : rc;
}
