/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage/account_json.h"
#include "stage/manifest.h"
#include "stage/manifest_digest.h"
#include "stage/segment_lines.h"
#include "util/array.h"
#include "util/json.h"

void
manifest_free(struct manifest *m)
{
	json_free(m->base);
	free(m->segments);
	free(m->fields);
	json_free(m->templates);
	memset(m, 0, sizeof(*m));
}

void
manifest_count(struct manifest_counts *c, const struct source_entry *s)
{
	c->sources++;
	c->bytes += s->bytes;
	c->bad += source_entry_is_good(s) ? 0 : 1;
	c->copies += s->duplicate_of != NULL ? 1 : 0;
}

struct manifest_segment *
manifest_add_segment(struct manifest *m)
{
	struct manifest_segment *const more = array_grow(
	    m->segments, m->n_segments, &m->cap_segments, sizeof(*more));

	if (more == NULL)
		return NULL;
	m->segments = more;
	struct manifest_segment *const s = &m->segments[m->n_segments++];
	memset(s, 0, sizeof(*s));
	return s;
}

void
manifest_name_segment(
    char name[MANIFEST_SEGMENT_NAME], size_t number, bool compressed)
{
	memset(name, 0, MANIFEST_SEGMENT_NAME);
	(void)snprintf(name, MANIFEST_SEGMENT_NAME, "segments/%06u%s",
	    (unsigned)number,
	    compressed ? SEGMENT_LINES_COMPRESSED : SEGMENT_LINES_PLAIN);
}

struct manifest_field *
manifest_add_field(struct manifest *m)
{
	struct manifest_field *const more =
	    array_grow(m->fields, m->n_fields, &m->cap_fields, sizeof(*more));

	if (more == NULL)
		return NULL;
	m->fields = more;
	struct manifest_field *const f = &m->fields[m->n_fields++];
	memset(f, 0, sizeof(*f));
	return f;
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
add_lists(struct cJSON *root, const struct manifest *m)
{
	sidecar_add(root, SIDECAR_SOURCES, &m->sources);
	sidecar_add(root, SIDECAR_LOGS, &m->logs);
	sidecar_add(root, SIDECAR_CHUNKS, &m->chunks);
	sidecar_add(root, SIDECAR_DAMAGE, &m->damage);
	struct cJSON *const segments = json_add_array(root, "segments");
	for (size_t i = 0; i < m->n_segments; i++) {
		const struct manifest_segment *const s = &m->segments[i];
		struct cJSON *const o = json_push_object(segments);
		json_add_text(o, "name", s->name);
		json_add_text(o, "sha256", s->sha256);
		json_add_count(o, "bytes", s->bytes);
		if (s->compressed) {
			json_add_text(o, "lines_sha256", s->lines_sha256);
			json_add_count(o, "lines_bytes", s->lines_bytes);
		}
		json_add_count(o, "lines", s->lines);
		if (s->content != NULL)
			json_add_text(o, "content", s->content);
	}
	add_fields(root, m);
	if (m->templates != NULL)
		json_add(root, "templates", json_copy(m->templates));
}

/* Add the member `earlier`: the content digests that the directory had before,
 * the latest last. If a reader knows one of them, it knows that the directory
 * only grew since then. */
static void
add_earlier(struct cJSON *root, const struct manifest *m)
{
	const struct cJSON *const before = json_get(m->base, "earlier");

	if (m->base == NULL)
		return;
	struct cJSON *const list =
	    before == NULL ? json_array() : json_copy(before);
	json_push_text(list, m->base_content);
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
	json_add_count(root, "sources_bad", m->base_counts.bad + m->counts.bad);
	json_add_count(root, "sources_duplicate",
	    m->base_counts.copies + m->counts.copies);
	manifest_passed(m, root);
	add_earlier(root, m);
	json_add(root, "accounting", account_json(&m->account, m->reasons));
	add_pairs(root, "run", m->run);
	const enum rc rc = manifest_digest_write(root, out, e);
	json_free(root);
	return rc;
}
