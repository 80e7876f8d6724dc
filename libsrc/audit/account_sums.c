/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "audit/account_sums.h"
#include "util/json.h"

enum {
	FOUND,
	EMITTED,
	DUPLICATE,
	DAMAGED,
	/* This and the following counts may be missing from a manifest.
	 * account_sums_balance() does not check them. */
	RECOVERED,
	UNCHECKED,
};

static const char *const terms[ACCOUNT_SUMS_TERMS] = { "found", "emitted",
	"duplicate", "damaged", "recovered", "unchecked", "hidden", "repaired",
	"conflicts", "other_channels" };

enum rc
account_sums_read(
    const struct cJSON *account, struct account_sums *s, struct err *e)
{
	enum rc rc = RC_OK;

	memset(s, 0, sizeof(*s));
	for (int i = 0; rc == RC_OK && i < ACCOUNT_SUMS_TERMS; i++)
		if (i < RECOVERED || json_get(account, terms[i]) != NULL)
			rc = json_need_u64(account, terms[i], &s->term[i], e);
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
	    "the record counts do not balance: %llu records were found, but "
	    "%llu are accounted for",
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
	    "\"unchecked\" is %llu, but the checksums of the chunk %s and %llu "
	    "records were emitted",
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

enum rc
account_sums_compare(const struct account_sums *whole,
    const struct account_sums *parts, const char *where, struct err *e)
{
	for (int i = 0; i <= ACCOUNT_SUMS_TERMS; i++) {
		const bool term = i < ACCOUNT_SUMS_TERMS;
		const uint64_t all = term ? whole->term[i] : whole->filtered;
		const uint64_t sum = term ? parts->term[i] : parts->filtered;
		if (all != sum)
			return err_set(e, RC_FATAL, WHY_TAMPERED,
			    "\"%s\" is %llu, but the sum in %s is %llu",
			    term ? terms[i] : "filtered",
			    (unsigned long long)all, where,
			    (unsigned long long)sum);
	}
	return RC_OK;
}
