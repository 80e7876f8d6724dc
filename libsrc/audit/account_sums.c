/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "audit/account_sums.h"
#include "util/json.h"

enum {
	FOUND,
	EMITTED,
	DUPLICATE,
	DAMAGED,
	RECOVERED, /* this and the next are in no sum, and may be missing */
	UNCHECKED,
	HIDDEN,
	REPAIRED,
	CONFLICTS,
	OTHER_CHANNELS,
};

static const char *const terms[ACCOUNT_SUMS_TERMS] = { "found", "emitted",
	"duplicate", "damaged", "recovered", "unchecked", "hidden", "repaired",
	"conflicts", "other_channels" };

static enum rc
read_term(const struct cJSON *account, int i, uint64_t *n, struct err *e)
{
	assert(i < ACCOUNT_SUMS_TERMS);
	const bool optional = i >= RECOVERED;

	if (optional && json_get(account, terms[i]) == NULL)
		return RC_OK;
	return json_need_u64(account, terms[i], n, e);
}

enum rc
account_sums_read(
    const struct cJSON *account, struct account_sums *s, struct err *e)
{
	enum rc rc = RC_OK;

	memset(s, 0, sizeof(*s));
	for (int i = 0; rc == RC_OK && i < ACCOUNT_SUMS_TERMS; i++)
		rc = read_term(account, i, &s->term[i], e);
	const struct cJSON *const filtered = json_get(account, "filtered");
	for (const struct cJSON *v = json_first(filtered);
	     rc == RC_OK && v != NULL; v = json_next(v)) {
		uint64_t n = 0;
		rc = json_need_u64(filtered, json_name(v), &n, e);
		s->filtered += n;
	}
	return rc;
}

enum rc
account_sums_balance(const struct account_sums *s, struct err *e)
{
	uint64_t sum = s->filtered;

	for (int i = EMITTED; i < RECOVERED; i++)
		sum += s->term[i];
	if (sum == s->term[FOUND])
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%llu records were found, and %llu went somewhere",
	    (unsigned long long)s->term[FOUND], (unsigned long long)sum);
}

uint64_t
account_sums_lines(const struct account_sums *s)
{
	return s->term[EMITTED] + s->term[RECOVERED];
}

enum rc
account_sums_check_unchecked(
    const struct account_sums *s, bool sound, struct err *e)
{
	const uint64_t want = sound ? 0 : s->term[EMITTED];

	if (s->term[UNCHECKED] == want)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%llu of its records are unchecked, but its checksums %s and %llu "
	    "were emitted",
	    (unsigned long long)s->term[UNCHECKED], sound ? "hold" : "fail",
	    (unsigned long long)s->term[EMITTED]);
}

void
account_sums_add(struct account_sums *to, const struct account_sums *s)
{
	for (int i = 0; i < ACCOUNT_SUMS_TERMS; i++)
		to->term[i] += s->term[i];
	to->filtered += s->filtered;
}

static enum rc
differ(const char *term, const uint64_t n[2], const char *where, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%llu records are %s, in %s they are %llu",
	    (unsigned long long)n[0], term, where, (unsigned long long)n[1]);
}

enum rc
account_sums_compare(const struct account_sums *whole,
    const struct account_sums *parts, const char *where, struct err *e)
{
	for (int i = 0; i < ACCOUNT_SUMS_TERMS; i++) {
		const uint64_t n[2] = { whole->term[i], parts->term[i] };
		if (n[0] != n[1])
			return differ(terms[i], n, where, e);
	}
	const uint64_t n[2] = { whole->filtered, parts->filtered };
	return n[0] == n[1] ? RC_OK : differ("filtered", n, where, e);
}
