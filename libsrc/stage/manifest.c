/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage/manifest.h"
#include "stage/seal.h"
#include "util/json.h"
#include "util/num.h"

void
manifest_forget(struct manifest *m)
{
	for (size_t i = 0; i < m->n_sources; i++) {
		free(m->sources[i].name);
		free(m->sources[i].error);
		free(m->sources[i].collected.host);
		free(m->sources[i].collected.path);
	}
	m->n_sources = 0;
}

void
manifest_free(struct manifest *m)
{
	manifest_forget(m);
	json_free(m->earlier);
	census_destroy(m->census);
	free(m->sources);
	free(m->segments);
	free(m->fields);
	memset(m, 0, sizeof(*m));
}

bool
manifest_source_good(const struct manifest_source *s)
{
	return s->error == NULL && s->chunks_bad == 0 &&
	       s->account.damaged == 0 && s->account.regions == 0 &&
	       s->account.hidden == 0 && s->account.repaired == 0 &&
	       s->account.names == 0 && s->account.borrowed == 0 &&
	       s->account.disagreements == 0 && s->account.one_sided == 0;
}

size_t
manifest_bad(const struct manifest *m, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < m->n_sources; i++)
		n += manifest_source_good(&m->sources[i]) ? 0 : 1;
	return n;
}

size_t
manifest_copies(const struct manifest *m, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < m->n_sources; i++)
		n += m->sources[i].duplicate_of != NULL ? 1 : 0;
	return n;
}

/* Room for one more of `size` bytes at *array. */
static bool
grow(void **array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return true;
	const size_t want = *cap == 0 ? 16 : *cap * 2;
	void *const p = realloc(*array, want * size);
	if (p == NULL)
		return false;
	*array = p;
	*cap = want;
	return true;
}

struct manifest_source *
manifest_add_source(struct manifest *m)
{
	void *array = m->sources;

	if (!grow(&array, m->n_sources, &m->cap_sources, sizeof(*m->sources)))
		return NULL;
	m->sources = array;
	struct manifest_source *const s = &m->sources[m->n_sources++];
	memset(s, 0, sizeof(*s));
	return s;
}

struct manifest_segment *
manifest_add_segment(struct manifest *m)
{
	void *array = m->segments;

	if (!grow(
		&array, m->n_segments, &m->cap_segments, sizeof(*m->segments)))
		return NULL;
	m->segments = array;
	struct manifest_segment *const s = &m->segments[m->n_segments++];
	memset(s, 0, sizeof(*s));
	return s;
}

void
manifest_name_segment(char name[MANIFEST_SEGMENT_NAME], size_t number)
{
	memset(name, 0, MANIFEST_SEGMENT_NAME);
	(void)snprintf(name, MANIFEST_SEGMENT_NAME, "segments/%06u.ndjson",
	    (unsigned)number);
}

struct manifest_field *
manifest_add_field(struct manifest *m)
{
	void *array = m->fields;

	if (!grow(&array, m->n_fields, &m->cap_fields, sizeof(*m->fields)))
		return NULL;
	m->fields = array;
	struct manifest_field *const f = &m->fields[m->n_fields++];
	memset(f, 0, sizeof(*f));
	return f;
}

static void
add_time(struct cJSON *o, const char *name, uint64_t filetime)
{
	char text[NUM_TIME_MAX + 1];

	if (filetime == 0) {
		json_add_null(o, name);
		return;
	}
	*num_filetime((uint8_t *)text, filetime) = '\0';
	json_add_text(o, name, text);
}

/* What an account says, and where. */
static const struct {
	const char *name;
	size_t at;
} counts[] = {
#define COUNT(name, field) \
	{ \
		name, offsetof(struct account, field) \
	}
	COUNT("found", found),
	COUNT("emitted", emitted),
	COUNT("duplicate", duplicate),
	COUNT("damaged", damaged),
	COUNT("borrowed", borrowed),
	COUNT("recovered", recovered),
	COUNT("recovered_filtered", recovered_filtered),
	COUNT("recovered_damaged", recovered_damaged),
	COUNT("regions", regions),
	COUNT("unchecked", unchecked),
	COUNT("hidden", hidden),
	COUNT("repaired", repaired),
	COUNT("names", names),
	COUNT("time_inferred", inferred),
	COUNT("long_fields", long_fields),
	COUNT("disagreements", disagreements),
	COUNT("one_sided", one_sided),
#undef COUNT
};

struct cJSON *
manifest_account(const struct account *a, const char *const *reasons)
{
	struct cJSON *const o = json_object();
	uint64_t n;

	struct cJSON *const filtered = json_add_object(o, "filtered");
	for (unsigned i = 0; i < ACCOUNT_REASONS; i++) {
		if (a->filtered[i] != 0)
			json_add_count(filtered, reasons[i], a->filtered[i]);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		memcpy(&n, (const uint8_t *)a + counts[i].at, sizeof(n));
		json_add_count(o, counts[i].name, n);
	}
	return o;
}

static enum rc
read_count(const struct cJSON *o, const char *name, uint64_t *n, struct err *e)
{
	*n = 0;
	return json_get(o, name) == NULL ? RC_OK : json_need_u64(o, name, n, e);
}

enum rc
manifest_read_account(const struct cJSON *o, const char *const *reasons,
    struct account *a, struct err *e)
{
	const struct cJSON *const filtered = json_get(o, "filtered");
	enum rc rc = RC_OK;
	uint64_t n;

	for (unsigned i = 0; rc == RC_OK && i < ACCOUNT_REASONS; i++) {
		if (reasons[i] != NULL)
			rc = read_count(
			    filtered, reasons[i], &a->filtered[i], e);
	}
	for (size_t i = 0; rc == RC_OK && i < sizeof(counts) / sizeof(*counts);
	     i++) {
		rc = read_count(o, counts[i].name, &n, e);
		memcpy((uint8_t *)a + counts[i].at, &n, sizeof(n));
	}
	return rc;
}

static void
add_pairs(
    struct cJSON *root, const char *name, const struct manifest_pair *pairs)
{
	struct cJSON *const o = json_add_object(root, name);

	for (; pairs->name != NULL; pairs++)
		json_add_text(o, pairs->name, pairs->text);
}

struct cJSON *
manifest_head(const struct manifest *m)
{
	struct cJSON *const root = json_object();
	struct cJSON *const tool = json_add_object(root, "tool");

	json_add_text(tool, "name", "evtxstage");
	json_add_text(tool, "version", m->tool_version);
	json_add_text(tool, "commit", m->tool_commit);
	add_pairs(root, "options", m->options);
	struct cJSON *const set = json_add_object(root, "event_set");
	json_add_text(set, "name", m->set_name);
	json_add_text(set, "sha256", m->set_sha256);
	json_add_text(root, "schema", m->schema);
	json_add_count(root, "key_version", m->key_version);
	return root;
}

static void
add_collected(struct cJSON *source, const struct manifest_collected *c)
{
	if (c->by == NULL)
		return;
	struct cJSON *const o = json_add_object(source, "collected");
	json_add_text(o, "by", c->by);
	if (c->host != NULL)
		json_add_text(o, "host", c->host);
	json_add_text(o, "path", c->path);
	if (c->shadow_copy != 0)
		json_add_count(o, "shadow_copy", c->shadow_copy);
}

static void
add_copy(struct cJSON *source, const struct census_copy *c)
{
	const char *const name = census_copy_name(c);

	if (name == NULL)
		return;
	json_add_text(source, "copy", name);
	json_add_count(source, "header_ids_differ", c->ids_differ);
	json_add_count(source, "header_times_shifted", c->times_shift);
}

static struct cJSON *
source_json(const struct manifest *m, size_t number)
{
	const struct manifest_source *const s = &m->sources[number];
	struct cJSON *const o = json_object();

	json_add_text(o, "name", s->name);
	json_add_text(o, "sha256", s->sha256);
	if (s->archive_sha256[0] != '\0')
		json_add_text(o, "archive_sha256", s->archive_sha256);
	json_add_count(o, "bytes", s->bytes);
	json_add_count(o, "chunks", s->chunks);
	json_add_count(o, "chunks_bad", s->chunks_bad);
	json_add_bool(o, "bad", !manifest_source_good(s));
	json_add(o, "accounting", manifest_account(&s->account, m->reasons));
	add_time(o, "first_time", s->account.first_time);
	add_time(o, "last_time", s->account.last_time);
	add_copy(o, &s->copy);
	if (m->census != NULL)
		census_json_source(m->census, number, o);
	add_collected(o, &s->collected);
	if (s->duplicate_of != NULL)
		json_add_text(o, "duplicate_of", s->duplicate_of);
	if (s->error != NULL)
		json_add_text(o, "error", s->error);
	return o;
}

struct cJSON *
manifest_sources(const struct manifest *m)
{
	struct cJSON *const list = json_array();

	for (size_t i = 0; i < m->n_sources; i++)
		json_push(list, m->sources[i].given != NULL
				    ? json_copy(m->sources[i].given)
				    : source_json(m, i));
	return list;
}

static void
add_fields(struct cJSON *root, const struct manifest *m)
{
	char name[sizeof("fields/") + DIGEST_HEX];

	if (m->n_fields == 0)
		return;
	struct cJSON *const fields = json_add_array(root, "fields");
	for (size_t i = 0; i < m->n_fields; i++) {
		const struct manifest_field *const f = &m->fields[i];
		struct cJSON *const o = json_push_object(fields);
		(void)snprintf(name, sizeof(name), "fields/%s", f->sha256);
		json_add_text(o, "name", name);
		json_add_text(o, "sha256", f->sha256);
		json_add_count(o, "bytes", f->bytes);
	}
}

static void
add_report(
    struct cJSON *root, const char *what, const struct manifest_report *r)
{
	struct cJSON *const o = json_add_object(root, what);
	char name[32];

	(void)snprintf(name, sizeof(name), "%s.ndjson", what);
	json_add_text(o, "name", name);
	json_add_text(o, "sha256", r->sha256);
	json_add_count(o, "bytes", r->bytes);
	json_add_count(o, "lines", r->lines);
}

static void
add_lists(struct cJSON *root, const struct manifest *m)
{
	json_add(root, "sources", manifest_sources(m));
	struct cJSON *const segments = json_add_array(root, "segments");
	for (size_t i = 0; i < m->n_segments; i++) {
		const struct manifest_segment *const s = &m->segments[i];
		struct cJSON *const o = json_push_object(segments);
		json_add_text(o, "name", s->name);
		json_add_text(o, "sha256", s->sha256);
		json_add_count(o, "bytes", s->bytes);
		json_add_count(o, "lines", s->lines);
		if (s->content != NULL)
			json_add_text(o, "content", s->content);
	}
	add_fields(root, m);
	add_report(root, "damage", &m->damage);
	add_report(root, "chunks", &m->chunks);
}

/* The contents that a staging directory has had, the last one last: who knows
 * one of them knows that this one has all of it. */
static void
add_earlier(struct cJSON *root, const struct manifest *m)
{
	const struct cJSON *const before = json_get(m->earlier, "earlier");

	if (m->earlier == NULL)
		return;
	struct cJSON *const list =
	    before == NULL ? json_array() : json_copy(before);
	json_push_text(list, m->earlier_content);
	json_add(root, "earlier", list);
}

void
manifest_passed(const struct manifest *m, struct cJSON *object)
{
	json_add_count(object, "passed_over", m->passed_over);
	if (m->unseen != 0)
		json_add_count(object, "passed_over_unseen", m->unseen);
	if (m->left_out != 0)
		json_add_count(object, "left_out", m->left_out);
}

enum rc
manifest_write(const struct manifest *m, struct buf *out, struct err *e)
{
	struct cJSON *const root = manifest_head(m);

	add_lists(root, m);
	json_add_count(root, "sources_bad", manifest_bad(m, 0));
	json_add_count(root, "sources_duplicate", manifest_copies(m, 0));
	manifest_passed(m, root);
	add_earlier(root, m);
	json_add(root, "accounting", manifest_account(&m->account, m->reasons));
	if (m->census != NULL)
		census_json_run(m->census, root);
	add_pairs(root, "run", m->run);
	const enum rc rc = seal_put(root, out, e);
	json_free(root);
	return rc;
}
