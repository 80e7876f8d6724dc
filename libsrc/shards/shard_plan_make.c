/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "input/headsum.h"
#include "shards/balance.h"
#include "shards/shard_plan_make.h"
#include "shards/shard_plan_writer.h"
#include "util/sorter.h"

/* A source. In memory two NUL-terminated strings follow: the path, and the
 * reason if the source is not readable. */
struct source {
	uint8_t sum[DIGEST_BYTES];
	uint64_t bytes;
	size_t inside;
	uint32_t shard;
	bool unread;
};

/* All sources with the same digest. */
struct group {
	uint8_t sum[DIGEST_BYTES];
	uint64_t weight;
	uint32_t shard;
};

struct maker {
	const struct shard_plan_options *o;
	struct shard_plan_result *result;
	struct sorter *sources; /* sources, sorted by digest */
	struct sorter *groups;  /* groups, sorted by weight */
	struct sorter *placed;  /* groups with their shard, sorted by digest */
	struct sorter *lines;   /* sources with their shard, sorted by name */
	uint64_t *loads;        /* size of the sources of each shard in bytes */
};

static const char *
path_of(const struct source *s)
{
	return (const char *)(s + 1);
}

static int
by_sum(const void *a, const void *b)
{
	const struct source *const x = a;
	const struct source *const y = b;
	const int order = memcmp(x->sum, y->sum, sizeof(x->sum));

	return order != 0 ? order : strcmp(path_of(x), path_of(y));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(path_of(a), path_of(b));
}

static int
by_group_sum(const void *a, const void *b)
{
	const struct group *const x = a;
	const struct group *const y = b;

	return memcmp(x->sum, y->sum, sizeof(x->sum));
}

static int
by_weight(const void *a, const void *b)
{
	const struct group *const x = a;
	const struct group *const y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return by_group_sum(a, b);
}

/* --- sources with their digests ------------------------------------------- */

static enum rc
add_source(struct maker *m, const struct walk_entry *entry,
    const struct headsum_value *v, const char *why, struct err *e)
{
	union {
		struct source source;
		char bytes[SORTER_RECORD_MAX];
	} record;
	const size_t path = strlen(entry->path) + 1;
	const size_t reason = why == NULL ? 0 : strlen(why) + 1;
	const size_t n = sizeof(record.source) + path + reason;

	if (n > sizeof(record))
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "%.200s...: the path is too long", entry->path);
	memset(&record.source, 0, sizeof(record.source));
	memcpy(record.source.sum, v->sum, sizeof(v->sum));
	record.source.bytes = v->bytes;
	record.source.inside = entry->inside;
	record.source.unread = why != NULL;
	memcpy(record.bytes + sizeof(record.source), entry->path, path);
	if (why != NULL)
		memcpy(
		    record.bytes + sizeof(record.source) + path, why, reason);
	m->result->sources++;
	m->result->bytes += v->bytes;
	m->result->unread += why != NULL ? 1 : 0;
	return sorter_add(m->sources, span_of(record.bytes, n), e);
}

static enum rc
look_at(struct maker *m, const struct walk_entry *entry, struct headsum *h,
    struct err *e)
{
	struct headsum_value v = { .bytes = 0 };
	const char *why = entry->why;
	struct err unread;

	err_clear(&unread);
	enum rc rc =
	    why != NULL ? RC_SKIP : headsum_file(h, entry->path, &v, &unread);
	if (rc == RC_OK)
		return add_source(m, entry, &v, NULL, e);
	if (rc == RC_FATAL) {
		*e = unread;
		return rc;
	}
	v.bytes = 0;
	rc = digest_once(span_str(entry->path + m->o->strip), v.sum, e);
	if (rc != RC_OK)
		return rc;
	return add_source(m, entry, &v, why != NULL ? why : unread.text, e);
}

static enum rc
read_sources(struct maker *m, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct headsum *h = NULL;
	struct walk_entry entry;

	enum rc rc = headsum_create(&h, e);
	if (rc == RC_OK)
		rc = walk_read(&list, m->o->walk, e);
	while (
	    rc == RC_OK && (rc = walk_next_entry(list, &entry, e)) == RC_OK) {
		if (*m->o->stop != 0)
			rc = err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
		else
			rc = look_at(m, &entry, h, e);
	}
	sorter_reader_destroy(list);
	headsum_destroy(h);
	return rc == RC_END ? sorter_finish(m->sources, e) : rc;
}

/* --- groups and their shards ---------------------------------------------- */

static enum rc
make_groups(struct maker *m, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct group group = { .weight = 0 };
	struct span record;

	enum rc rc = sorter_read(&list, m->sources, e);
	while (rc == RC_OK && (rc = sorter_next(list, &record, e)) == RC_OK) {
		struct source s;
		memcpy(&s, record.p, sizeof(s));
		if (group.weight != 0 &&
		    memcmp(s.sum, group.sum, sizeof(s.sum)) != 0) {
			rc = sorter_add(
			    m->groups, span_of(&group, sizeof(group)), e);
			group.weight = 0;
		}
		memcpy(group.sum, s.sum, sizeof(s.sum));
		group.weight += s.bytes + PLAN_SOURCE_COST;
	}
	sorter_reader_destroy(list);
	if (rc == RC_END)
		rc = group.weight == 0 ? RC_OK
				       : sorter_add(m->groups,
					     span_of(&group, sizeof(group)), e);
	return rc == RC_OK ? sorter_finish(m->groups, e) : rc;
}

static enum rc
place_groups(struct maker *m, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct balance *balance = NULL;
	struct span record;

	enum rc rc = balance_create(&balance, m->o->shards, e);
	if (rc == RC_OK)
		rc = sorter_read(&list, m->groups, e);
	while (rc == RC_OK && (rc = sorter_next(list, &record, e)) == RC_OK) {
		struct group group;
		memcpy(&group, record.p, sizeof(group));
		group.shard = balance_put(balance, group.weight);
		rc = sorter_add(m->placed, span_of(&group, sizeof(group)), e);
	}
	sorter_reader_destroy(list);
	balance_destroy(balance);
	return rc == RC_END ? sorter_finish(m->placed, e) : rc;
}

/* Assign each source to the shard of its group. Both lists must be sorted by
 * digest. */
static enum rc
assign_shards(struct maker *m, struct sorter_reader *sources,
    struct sorter_reader *groups, struct err *e)
{
	struct group group = { .weight = 0 };
	struct span record;
	enum rc rc;

	while ((rc = sorter_next(sources, &record, e)) == RC_OK) {
		union {
			struct source source;
			char bytes[SORTER_RECORD_MAX];
		} copy;
		struct span next;
		memcpy(copy.bytes, record.p, record.n);
		while (rc == RC_OK &&
		       (group.weight == 0 || memcmp(group.sum, copy.source.sum,
						 sizeof(group.sum)) != 0)) {
			rc = sorter_next(groups, &next, e);
			if (rc == RC_OK)
				memcpy(&group, next.p, sizeof(group));
		}
		if (rc != RC_OK)
			return rc;
		copy.source.shard = group.shard;
		m->loads[group.shard] += copy.source.bytes;
		rc = sorter_add(m->lines, span_of(copy.bytes, record.n), e);
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_END ? sorter_finish(m->lines, e) : rc;
}

static enum rc
join(struct maker *m, struct err *e)
{
	struct sorter_reader *sources = NULL;
	struct sorter_reader *groups = NULL;

	enum rc rc = sorter_read(&sources, m->sources, e);
	if (rc == RC_OK)
		rc = sorter_read(&groups, m->placed, e);
	if (rc == RC_OK)
		rc = assign_shards(m, sources, groups, e);
	sorter_reader_destroy(sources);
	sorter_reader_destroy(groups);
	return rc;
}

/* --- the file ------------------------------------------------------------- */

static enum rc
write_lines(struct maker *m, struct shard_plan_writer *f, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct span record;

	enum rc rc = shard_plan_writer_head(f, m->o, m->result, e);
	if (rc == RC_OK)
		rc = sorter_read(&list, m->lines, e);
	while (rc == RC_OK && (rc = sorter_next(list, &record, e)) == RC_OK) {
		struct source s;
		memcpy(&s, record.p, sizeof(s));
		const char *const path = (const char *)record.p + sizeof(s);
		const struct shard_plan_writer_line line = {
			.name = path + m->o->strip,
			.bytes = s.bytes,
			.sum = s.sum,
			.error = s.unread ? path + strlen(path) + 1 : NULL,
			.inside = s.inside == 0 ? 0 : s.inside - m->o->strip,
			.dot = m->o->dot,
			.shard = s.shard,
		};
		rc = shard_plan_writer_source(f, &line, e);
	}
	sorter_reader_destroy(list);
	return rc == RC_END ? shard_plan_writer_end(f, m->result->sha256, e)
			    : rc;
}

static enum rc
write_plan(struct maker *m, struct err *e)
{
	struct shard_plan_writer *f = NULL;

	m->result->smallest = UINT64_MAX;
	for (uint32_t i = 0; i < m->o->shards; i++) {
		const uint64_t load = m->loads[i];
		if (load > m->result->largest)
			m->result->largest = load;
		if (load < m->result->smallest)
			m->result->smallest = load;
	}
	enum rc rc = shard_plan_writer_create(&f, m->o->path, m->o->force, e);
	if (rc == RC_OK)
		rc = write_lines(m, f, e);
	shard_plan_writer_destroy(f);
	return rc;
}

static enum rc
create_sorters(struct maker *m, struct err *e)
{
	struct scratch *const dir = m->o->walk->scratch;
	const struct {
		struct sorter **place;
		struct sorter_options o;
	} all[] = {
		{ &m->sources, { by_sum, dir, 0 } },
		{ &m->groups, { by_weight, dir, 0 } },
		{ &m->placed, { by_group_sum, dir, 0 } },
		{ &m->lines, { by_name, dir, 0 } },
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = sorter_create(all[i].place, &all[i].o, e);
	m->loads = calloc(m->o->shards, sizeof(*m->loads));
	return rc == RC_OK && m->loads == NULL ? err_nomem(e) : rc;
}

enum rc
shard_plan_make(const struct shard_plan_options *o,
    struct shard_plan_result *result, struct err *e)
{
	struct maker m = { .o = o, .result = result };

	memset(result, 0, sizeof(*result));
	enum rc rc = create_sorters(&m, e);
	if (rc == RC_OK)
		rc = read_sources(&m, e);
	if (rc == RC_OK)
		rc = make_groups(&m, e);
	if (rc == RC_OK)
		rc = place_groups(&m, e);
	if (rc == RC_OK)
		rc = join(&m, e);
	if (rc == RC_OK)
		rc = write_plan(&m, e);
	sorter_destroy(m.sources);
	sorter_destroy(m.groups);
	sorter_destroy(m.placed);
	sorter_destroy(m.lines);
	free(m.loads);
	return rc;
}
