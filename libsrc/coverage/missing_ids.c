/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "coverage/missing_ids.h"
#include "util/json.h"
#include "util/num.h"
#include "util/sorter.h"

#define NAMES_MAX ((size_t)8 << 10)

/* A range of ids of a log; last = 0: the log has no ids. The names of its
 * channel and computer follow, each with its NUL. */
struct ids {
	uint64_t first;
	uint64_t last;
};

struct missing_ids {
	struct sorter *ids;
	uint64_t unlisted;
};

static const char *
channel_of(const struct ids *i)
{
	return (const char *)(i + 1);
}

static const char *
computer_of(const struct ids *i)
{
	return channel_of(i) + strlen(channel_of(i)) + 1;
}

static int
by_log(const void *a, const void *b)
{
	const int order = strcmp(channel_of(a), channel_of(b));

	return order != 0 ? order : strcmp(computer_of(a), computer_of(b));
}

static int
by_id(const void *a, const void *b)
{
	const struct ids *const x = a;
	const struct ids *const y = b;
	const int order = by_log(a, b);

	if (order != 0)
		return order;
	return (x->first > y->first) - (x->first < y->first);
}

enum rc
missing_ids_create(
    struct missing_ids **cp, struct scratch *scratch, struct err *e)
{
	const struct sorter_options o = { by_id, scratch, 0 };
	struct missing_ids *const c = calloc(1, sizeof(*c));

	*cp = c;
	return c == NULL ? err_nomem(e) : sorter_create(&c->ids, &o, e);
}

void
missing_ids_destroy(struct missing_ids *c)
{
	if (c == NULL)
		return;
	sorter_destroy(c->ids);
	free(c);
}

static enum rc
corrupt(const char *what, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_CORRUPT,
	    "logs.ndjson has a line with %s, which evtxstage does not write",
	    what);
}

static enum rc
read_id(const struct cJSON *v, uint64_t *id, struct err *e)
{
	char room[32];
	const char *const text = json_setting(v, room);

	return text != NULL && num_parse_u64(span_str(text), id)
		   ? RC_OK
		   : corrupt("an invalid EventRecordID", e);
}

/* Add the ranges of a line of logs.ndjson. A missing name counts as empty. */
static enum rc
add_ranges(struct missing_ids *c, const struct cJSON *log, struct err *e)
{
	union {
		struct ids ids;
		char bytes[sizeof(struct ids) + NAMES_MAX];
	} record;
	const char *const names[] = { json_text(log, "channel"),
		json_text(log, "computer") };
	size_t n = sizeof(record.ids);

	for (size_t i = 0; i < 2; i++) {
		const char *const name = names[i] == NULL ? "" : names[i];
		const size_t length = strlen(name) + 1;
		if (length > sizeof(record) - n)
			return corrupt("names of more than 8 KiB", e);
		memcpy(record.bytes + n, name, length);
		n += length;
	}
	record.ids = (struct ids){ 0, 0 };
	const struct cJSON *pair = json_first(json_get(log, "ids"));
	if (pair == NULL)
		return sorter_add(c->ids, span_of(record.bytes, n), e);
	enum rc rc = RC_OK;
	for (; rc == RC_OK && pair != NULL; pair = json_next(pair)) {
		const struct cJSON *const first = json_first(pair);
		rc = read_id(first, &record.ids.first, e);
		if (rc == RC_OK)
			rc = read_id(json_next(first), &record.ids.last, e);
		if (rc == RC_OK && record.ids.last < record.ids.first)
			rc = corrupt(
			    "a range of ids that ends before its start", e);
		if (rc == RC_OK)
			rc = sorter_add(c->ids, span_of(record.bytes, n), e);
	}
	return rc;
}

static enum rc
take_log(void *arg, const struct scan_line *line, struct err *e)
{
	struct missing_ids *const c = arg;
	struct cJSON *log = NULL;
	uint64_t more = 0;

	enum rc rc = json_parse(line->text, "logs.ndjson", &log, e);
	if (rc == RC_OK && json_get(log, "more") != NULL)
		rc = json_need_u64(log, "more", &more, e);
	if (rc == RC_OK)
		rc = add_ranges(c, log, e);
	c->unlisted += more;
	json_free(log);
	return rc;
}

enum rc
missing_ids_add(struct missing_ids *c, const struct reader *r, struct err *e)
{
	const struct scan_visit visit = { take_log, c };

	return reader_sidecar(r, SIDECAR_LOGS, &visit, e);
}

/* sorter_next() returns the ranges of a log one after the other, in the order
 * of their first ids. */
enum rc
missing_ids_finish(
    struct missing_ids *c, struct missing_ids_result *result, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct span record;
	union {
		struct ids ids;
		char bytes[sizeof(struct ids) + NAMES_MAX];
	} before; /* the current log, with its largest id so far */
	bool any = false;

	enum rc rc = sorter_finish(c->ids, e);
	if (rc == RC_OK)
		rc = sorter_read(&list, c->ids, e);
	while (rc == RC_OK && (rc = sorter_next(list, &record, e)) == RC_OK) {
		const struct ids *const now = (const void *)record.p;
		if (!any || by_log(&before.ids, now) != 0) {
			memcpy(before.bytes, record.p, record.n);
			result->logs++;
			any = true;
			continue;
		}
		if (before.ids.last != 0 && now->first > before.ids.last + 1) {
			result->gaps++;
			result->missing += now->first - before.ids.last - 1;
		}
		if (now->last > before.ids.last)
			before.ids.last = now->last;
	}
	sorter_reader_destroy(list);
	result->unlisted = c->unlisted;
	return rc == RC_END ? RC_OK : rc;
}
