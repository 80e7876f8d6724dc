/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "input/headsum.h"
#include "shards/shard_filter.h"

struct picking {
	struct walk *walk;
	const struct shard_filter *pick;
	struct headsum *sums;
};

static enum rc
stopped(const struct shard_filter *p, struct err *e)
{
	return *p->stop == 0 ? RC_OK
			     : err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
}

/* --- by a plan ------------------------------------------------------------ */

static enum rc
compare(
    const struct picking *k, const struct shard_plan_source *s, struct err *e)
{
	struct headsum_value now;
	char hex[DIGEST_HEX];
	struct err why;

	err_clear(&why);
	const enum rc rc = headsum_file(k->sums, s->name, &now, &why);
	if (rc == RC_FATAL) {
		*e = why;
		return rc;
	}
	if (rc != RC_OK)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "cannot read a source of the plan: %s", why.text);
	if (now.bytes != s->bytes)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not the source of the plan: it has %llu bytes, the "
		    "plan says %llu",
		    s->name, (unsigned long long)now.bytes,
		    (unsigned long long)s->bytes);
	digest_hex(now.sum, sizeof(now.sum), hex);
	if (strcmp(hex, s->sum) != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not the source of the plan: its first bytes differ "
		    "(SHA-256)",
		    s->name);
	return RC_OK;
}

/* Compare a source with the plan and add it to the walk. Fails also if the
 * content matches but the walk does not accept the file, for example a symbolic
 * link that leads out of its folder. */
static enum rc
add_compared(
    const struct picking *k, const struct shard_plan_source *s, struct err *e)
{
	struct walk *const w = k->walk;
	const uint64_t passed = w->passed;

	enum rc rc = compare(k, s, e);
	if (rc == RC_OK)
		rc = walk_again(w, s->name, s->inside, e);
	if (rc != RC_OK)
		return rc;
	const char *const why =
	    w->passed == passed ? w->why : "is not recognized as a log";
	return why == NULL ? RC_OK
			   : err_set(e, RC_FATAL, WHY_TAMPERED,
				 "cannot read a source of the plan: %s %s",
				 s->name, why);
}

static enum rc
take_source(void *arg, const struct shard_plan_source *s, struct err *e)
{
	const struct picking *const k = arg;

	if (s->shard != k->pick->shard)
		return RC_OK;
	const enum rc rc = stopped(k->pick, e);
	if (rc != RC_OK)
		return rc;
	return s->sum[0] != '\0' ? add_compared(k, s, e)
				 : walk_again(k->walk, s->name, s->inside, e);
}

enum rc
shard_filter_planned(struct walk *w, const struct shard_plan *plan,
    const struct shard_filter *p, char *const *operand, struct err *e)
{
	struct picking k = { w, p, NULL };
	const struct shard_plan_visit visit = { take_source, &k };

	enum rc rc = headsum_create(&k.sums, e);
	if (rc == RC_OK)
		rc = walk_begin(w, operand, 1, e);
	if (rc == RC_OK) {
		w->operands[0].found = true;
		rc = shard_plan_read(plan, &visit, e);
	}
	if (rc == RC_OK)
		rc = walk_end(w, e);
	headsum_destroy(k.sums);
	return rc;
}

/* --- by the digest alone -------------------------------------------------- */

static enum rc
falls_here(void *arg, const struct walk_entry *entry, bool *yes, struct err *e)
{
	const struct picking *const k = arg;
	struct headsum_value v = { .bytes = 0 };
	uint64_t first = 0;

	enum rc rc = stopped(k->pick, e);
	if (rc == RC_OK)
		rc = entry->why != NULL
			 ? RC_SKIP
			 : headsum_file(k->sums, entry->path, &v, e);
	if (rc == RC_SKIP)
		rc = digest_once(span_str(entry->path), v.sum, e);
	for (unsigned i = 0; i < sizeof(first); i++)
		first = first << 8 | v.sum[i];
	*yes = first % k->pick->of == k->pick->shard;
	return rc;
}

enum rc
shard_filter_by_digest(
    struct walk *w, const struct shard_filter *p, struct err *e)
{
	struct picking k = { w, p, NULL };
	const struct walk_filter filter = { falls_here, &k };

	if (p->shard != 0)
		w->passed = w->unseen = 0;
	enum rc rc = headsum_create(&k.sums, e);
	if (rc == RC_OK)
		rc = walk_keep(w, &filter, e);
	headsum_destroy(k.sums);
	return rc;
}
