/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "http/retry.h"
#include "load/reconcile_pages.h"
#include "util/digest.h"

#define BODY_MAX 16384
#define RETRY_MIN_MS 50

static const char digits[] = "0123456789abcdef";

static enum rc
bad_key(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_CORRUPT,
	    "the query API gave keys that are not RecordKeys or not in their "
	    "order");
}

/* --- counts -------------------------------------------------------------- */

static enum rc
take_count(void *arg, const char *text, uint64_t n, struct err *e)
{
	uint64_t *const rows = arg;
	const char *const at = text[0] != '\0' ? strchr(digits, text[0]) : NULL;

	if (at == NULL || text[1] != '\0')
		return bad_key(e);
	rows[at - digits] += n;
	return RC_OK;
}

static enum rc
ask_for(struct pages *p, bool keys, struct http_answer *answer, struct err *e)
{
	struct buf body;

	p->scope.prefix = p->prefix;
	buf_init(&body, BODY_MAX);
	if (keys)
		workspace_query_put_keys(&body, &p->scope);
	else
		workspace_query_put_counts(&body, &p->scope);
	const enum rc rc = body.full
			       ? err_nomem(e)
			       : ask_post(p->ask, buf_span(&body), answer, e);
	buf_reset(&body);
	return rc;
}

/* What cannot be less is partial because something failed: ask again. */
static enum rc
ask_whole(struct pages *p, bool keys, struct http_answer *answer, struct err *e)
{
	const struct load_target *const t = p->ask->o.run->target;
	const int64_t first = t->retry_ms > 0 ? t->retry_ms : RETRY_MIN_MS;
	const int64_t end = ask_ms(p->ask) + t->wait_ms;
	struct err stopped;

	for (unsigned tries = 1;; tries++) {
		const enum rc rc = ask_for(p, keys, answer, e);
		const int64_t wait = retry_backoff_ms(tries, first);
		if (rc != RC_SKIP)
			return rc;
		if (ask_ms(p->ask) + wait > end) {
			e->why = WHY_NETWORK;
			e->rc = RC_RETRY;
			return e->rc;
		}
		if (ask_wait(p->ask, wait, &stopped) != RC_OK) {
			*e = stopped;
			return e->rc;
		}
	}
}

static enum rc
count(struct pages *p, uint64_t rows[PAGES_PARTS], struct err *e)
{
	struct http_answer answer;
	const enum rc rc = ask_whole(p, false, &answer, e);

	memset(rows, 0, PAGES_PARTS * sizeof(*rows));
	return rc == RC_OK
		   ? workspace_query_each_row(&answer, take_count, rows, e)
		   : rc;
}

enum rc
pages_count(struct pages *p, uint64_t rows[PAGES_PARTS], struct err *e)
{
	p->prefix[0] = '\0';
	return count(p, rows, e);
}

/* --- keys ---------------------------------------------------------------- */

static enum rc
take_key(void *arg, const char *text, uint64_t n, struct err *e)
{
	struct pages *const p = arg;
	const size_t prefix = strlen(p->prefix);
	uint8_t key[EXPECT_KEY];

	if (strlen(text) != WORKSPACE_QUERY_KEY_HEX ||
	    !digest_unhex(span_str(text), key) ||
	    strncmp(text, p->prefix, prefix) != 0 ||
	    (p->any && memcmp(p->last, key, EXPECT_KEY) >= 0))
		return bad_key(e);
	memcpy(p->last, key, EXPECT_KEY);
	p->any = true;
	return p->tell(p->arg, key, n, e);
}

static enum rc walk(struct pages *p, struct err *e);

/* The keys below the prefix, of which there were so many rows. */
static enum rc
walk_part(struct pages *p, uint64_t rows, struct err *e)
{
	struct http_answer answer;
	const bool whole = strlen(p->prefix) == WORKSPACE_QUERY_KEY_HEX;
	enum rc rc = RC_SKIP;

	if (whole)
		rc = ask_whole(p, true, &answer, e);
	else if (rows <= PAGES_ROWS)
		rc = ask_for(p, true, &answer, e);
	if (rc == RC_OK)
		return workspace_query_each_row(&answer, take_key, p, e);
	return rc == RC_SKIP ? walk(p, e) : rc;
}

static enum rc
walk(struct pages *p, struct err *e)
{
	uint64_t rows[PAGES_PARTS];
	const size_t n = strlen(p->prefix);
	enum rc rc = count(p, rows, e);

	for (size_t i = 0; rc == RC_OK && i < PAGES_PARTS; i++) {
		p->prefix[n] = digits[i];
		p->prefix[n + 1] = '\0';
		if (rows[i] > 0)
			rc = walk_part(p, rows[i], e);
		p->prefix[n] = '\0';
	}
	return rc;
}

enum rc
pages_walk(struct pages *p, struct err *e)
{
	uint64_t rows[PAGES_PARTS];
	uint64_t all = 0;
	enum rc rc = pages_count(p, rows, e);

	p->any = false;
	for (size_t i = 0; i < PAGES_PARTS; i++)
		all += rows[i];
	return rc == RC_OK && all > 0 ? walk_part(p, all, e) : rc;
}
