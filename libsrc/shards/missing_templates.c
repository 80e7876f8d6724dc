/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/template_recovery.h"
#include "input/source_name.h"
#include "shards/missing_templates.h"
#include "util/json.h"
#include "util/sorter.h"
#include "util/visible.h"

#define MEMBER "!/" /* separates the names of an archive and its member */

struct missing_templates {
	struct scratch *scratch;
	/* Sorted records: a struct place followed by the name of a source. */
	struct sorter *places;
	uint32_t shard; /* shard whose damage and templates are added */
};

/* A source that has a template, or that has damaged records which need it. In
 * memory the name of the source follows. */
struct place {
	/* Damaged records of the source; 0: the source has the template. */
	uint64_t records;
	uint32_t id;
	uint32_t shard;
};

union record {
	struct place place;
	char bytes[SORTER_RECORD_MAX];
};

static const char *
name_of(const struct place *p)
{
	return (const char *)(p + 1);
}

/* Sort by template; sources that have the template come first. */
static int
by_template(const void *a, const void *b)
{
	const struct place *const x = a;
	const struct place *const y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if ((x->records == 0) != (y->records == 0))
		return x->records == 0 ? -1 : 1;
	if (x->shard != y->shard)
		return x->shard < y->shard ? -1 : 1;
	return strcmp(name_of(x), name_of(y));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum rc
missing_templates_create(
    struct missing_templates **mp, struct scratch *scratch, struct err *e)
{
	const struct sorter_options o = { by_template, scratch, 0 };
	struct missing_templates *const m = calloc(1, sizeof(*m));

	*mp = m;
	if (m == NULL)
		return err_nomem(e);
	m->scratch = scratch;
	return sorter_create(&m->places, &o, e);
}

void
missing_templates_destroy(struct missing_templates *m)
{
	if (m == NULL)
		return;
	sorter_destroy(m->places);
	free(m);
}

/* --- adding --------------------------------------------------------------- */

static enum rc
add_place(struct missing_templates *m, struct place place, const char *name,
    struct err *e)
{
	union record record;
	const size_t n = strlen(name) + 1;

	if (n > sizeof(record) - sizeof(place))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the name of a source is too long");
	place.shard = m->shard;
	record.place = place;
	memcpy(record.bytes + sizeof(place), name, n);
	return sorter_add(
	    m->places, span_of(record.bytes, sizeof(place) + n), e);
}

static enum rc
add_damage(void *arg, const struct scan_line *line, struct err *e)
{
	struct missing_templates *const m = arg;
	struct place place = { .records = 1 };
	struct cJSON *o = NULL;

	enum rc rc = json_parse(line->text, "damage.ndjson", &o, e);
	const char *const kind = json_text(o, "kind");
	const char *const reason = json_text(o, "reason");
	const char *const name = json_text(o, "source");
	if (rc == RC_OK && json_get(o, "count") != NULL)
		rc = json_need_u64(o, "count", &place.records, e);
	if (rc == RC_OK && kind != NULL && reason != NULL && name != NULL &&
	    place.records != 0 && strcmp(kind, "record") == 0 &&
	    template_recovery_is_missing(reason, &place.id))
		rc = add_place(m, place, name, e);
	json_free(o);
	return rc;
}

static enum rc
add_ids(struct missing_templates *m, const struct cJSON *source, struct err *e)
{
	const char *const name = json_text(source, "source");
	const struct cJSON *id = json_first(json_get(source, "ids"));
	struct place place = { .records = 0 };
	enum rc rc = RC_OK;

	for (; rc == RC_OK && name != NULL && id != NULL; id = json_next(id)) {
		char room[32];
		const char *const text = json_setting(id, room);
		if (text == NULL || !template_recovery_read_id(text, &place.id))
			return err_set(e, RC_FATAL, WHY_CORRUPT,
			    "a template identifier in the manifest is not "
			    "valid");
		rc = add_place(m, place, name, e);
	}
	return rc;
}

enum rc
missing_templates_add(struct missing_templates *m, uint32_t shard,
    const struct reader *r, struct err *e)
{
	const struct cJSON *const all = reader_manifest(r);
	const struct cJSON *source = json_first(json_get(all, "templates"));
	const struct scan_visit visit = { add_damage, m };

	m->shard = shard;
	enum rc rc = reader_sidecar(r, SIDECAR_DAMAGE, &visit, e);
	for (; rc == RC_OK && source != NULL; source = json_next(source))
		rc = add_ids(m, source, e);
	return rc;
}

/* --- the second run ------------------------------------------------------- */

/* The current template, and up to two sources that have it. The two are of
 * different shards, so for each damaged record at least one is of another shard
 * than the record. */
struct looking {
	struct missing_templates_result *result;
	struct sorter *names;
	uint32_t id;
	bool counted; /* result->templates already counts the template */
	struct {
		uint32_t shard;
		/* Name of the source, owned; NULL: there is no such source. */
		char *name;
	} has[2];
};

static void
begin_template(struct looking *l, uint32_t id)
{
	for (int i = 0; i < 2; i++) {
		free(l->has[i].name);
		l->has[i].name = NULL;
	}
	l->id = id;
	l->counted = false;
}

static enum rc
keep_owner(struct looking *l, const struct place *p, struct err *e)
{
	const int i = l->has[0].name == NULL ? 0 : 1;

	if (l->has[1].name != NULL || (i == 1 && l->has[0].shard == p->shard))
		return RC_OK;
	l->has[i].shard = p->shard;
	l->has[i].name = strdup(name_of(p));
	return l->has[i].name == NULL ? err_nomem(e) : RC_OK;
}

static enum rc
add_name(struct looking *l, const char *name, struct err *e)
{
	const char *const member = strstr(name, MEMBER);
	const size_t n =
	    member == NULL ? strlen(name) : (size_t)(member - name);
	char text[SORTER_RECORD_MAX];

	if (n >= sizeof(text))
		return RC_OK;
	memcpy(text, name, n);
	text[n] = '\0';
	return sorter_add(l->names, span_of(text, n + 1), e);
}

static enum rc
take_damaged(struct looking *l, const struct place *p, struct err *e)
{
	const char *owner = NULL;

	l->result->records += p->records;
	l->result->templates += !l->counted;
	l->counted = true;
	for (int i = 0; owner == NULL && i < 2; i++)
		if (l->has[i].name != NULL && l->has[i].shard != p->shard)
			owner = l->has[i].name;
	if (owner == NULL)
		return RC_OK;
	l->result->elsewhere += p->records;
	const enum rc rc = add_name(l, name_of(p), e);
	return rc == RC_OK ? add_name(l, owner, e) : rc;
}

static enum rc
find_owners(const struct missing_templates *m, struct looking *l, struct err *e)
{
	struct sorter_reader *reader = NULL;
	union record record;
	struct span bytes;
	enum rc rc = sorter_read(&reader, m->places, e);

	begin_template(l, 0);
	while (rc == RC_OK && (rc = sorter_next(reader, &bytes, e)) == RC_OK) {
		const struct place *const p = &record.place;
		memcpy(record.bytes, bytes.p, bytes.n);
		if (p->id != l->id)
			begin_template(l, p->id);
		rc = p->records == 0 ? keep_owner(l, p, e)
				     : take_damaged(l, p, e);
	}
	begin_template(l, 0);
	sorter_reader_destroy(reader);
	return rc == RC_END ? RC_OK : rc;
}

/* False if a line of a list cannot be this file: it would be two lines, or the
 * name of the source is not that of the file. */
static bool
can_be_listed(const char *name)
{
	const size_t n = strlen(name);

	return strchr(name, '\n') == NULL && n > 0 && name[n - 1] != '\r' &&
	       source_name_is_exact(name);
}

/* Put a line from which a later run reads the name. A name that begins like a
 * comment or like standard input gets ./ in front. */
static void
put_name(struct buf *list, const char *name)
{
	static const char special[] = " \t\v\f\r#-\xef";

	if (!can_be_listed(name)) {
		buf_str(list,
		    "# This name cannot be listed; give the source as an "
		    "operand: ");
		visible_put(list, span_str(name));
	} else {
		buf_str(list, strchr(special, name[0]) != NULL ? "./" : "");
		buf_str(list, name);
	}
	buf_byte(list, '\n');
}

static enum rc
put_names(const struct sorter *names, struct buf *list, uint64_t *unlisted,
    struct err *e)
{
	struct sorter_reader *reader = NULL;
	char last[SORTER_RECORD_MAX] = "";
	struct span name;
	enum rc rc = sorter_read(&reader, names, e);

	while (rc == RC_OK && (rc = sorter_next(reader, &name, e)) == RC_OK) {
		if (strcmp((const char *)name.p, last) == 0)
			continue;
		memcpy(last, name.p, name.n);
		put_name(list, last);
		*unlisted += !can_be_listed(last);
	}
	sorter_reader_destroy(reader);
	if (rc == RC_END && list->full)
		return buf_fail(list, "the list of sources", e);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
missing_templates_finish(struct missing_templates *m,
    struct missing_templates_result *result, struct buf *list, struct err *e)
{
	const struct sorter_options o = { by_name, m->scratch, 0 };
	struct looking l = { .result = result };

	memset(result, 0, sizeof(*result));
	enum rc rc = sorter_finish(m->places, e);
	if (rc == RC_OK)
		rc = sorter_create(&l.names, &o, e);
	if (rc == RC_OK)
		rc = find_owners(m, &l, e);
	if (rc == RC_OK)
		rc = sorter_finish(l.names, e);
	if (rc == RC_OK)
		rc = put_names(l.names, list, &result->unlisted, e);
	sorter_destroy(l.names);
	return rc;
}
