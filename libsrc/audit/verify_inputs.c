/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify_inputs.h"
#include "stage/source_entry.h"
#include "util/array.h"
#include "util/json.h"

/* Maximum number of sources of an archive that are compared in one pass over
 * it. */
#define GROUP_MAX ((size_t)16384)

/* A source of the manifest, and the result of reading it again. */
struct input {
	char *name; /* name of the source, owned */
	/* SHA-256 according to the manifest; "" if the source could not be read
	 * when it was staged. */
	char sha256[DIGEST_HEX];
	/* SHA-256 of the archive that contains the source; "" if it is not in
	 * an archive. */
	char archive[DIGEST_HEX];
	/* Size of the source in bytes according to the manifest; UINT64_MAX:
	 * unknown. */
	uint64_t said;
	bool good;
	bool exists;          /* a source with this name was found and read */
	char now[DIGEST_HEX]; /* digest of the source as read again */
	uint64_t bytes;       /* size in bytes of the source as read again */
};

/* Successive sources of the manifest that are in the same file. */
struct group {
	struct input *inputs; /* the sources, in the order of the staging */
	size_t n;
	size_t cap;
	/* Length of the file's name, with which the sources' names start; 0 if
	 * the file was not found. */
	size_t file;
	struct input **sorted; /* inputs that have a digest, sorted by name */
	const char **names;    /* names of `sorted` */
	size_t n_sorted;
	struct digest *digest;
	/* Error of the first source that was not read to its end. */
	struct err broken;
};

struct verification {
	const struct source_lookup_options *o;
	const struct finding_visit *visit;
	struct group group;
	struct err why; /* why the file of the group cannot be found or read */
	/* Name of the archive whose own digest was compared last. */
	char *last_archive;
};

/* --- reading -------------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
	const struct input *const *const x = a;
	const struct input *const *const y = b;

	return strcmp((*x)->name, (*y)->name);
}

static enum rc
digest_stream(struct digest *d, struct stream bytes, uint64_t *n, struct err *e)
{
	struct span block;

	enum rc rc = digest_restart(d, e);
	*n = 0;
	while (rc == RC_OK && (rc = stream_next(bytes, &block, e)) == RC_OK) {
		rc = digest_add(d, block, e);
		*n += block.n;
	}
	return rc == RC_END ? RC_OK : rc;
}

/* Of the sources with the i-th name, the one with this digest, or else one that
 * has not been read yet; NULL if all have been read. */
static struct input *
find_input(const struct group *g, size_t i, const char *digest)
{
	struct input *other = NULL;

	for (size_t k = i;
	     k < g->n_sorted && strcmp(g->names[k], g->names[i]) == 0; k++) {
		struct input *const in = g->sorted[k];
		if (!in->good && strcmp(in->sha256, digest) == 0)
			return in;
		if (!in->good && !in->exists && other == NULL)
			other = in;
	}
	return other;
}

/* Compare the bytes of a source with its digest. If a source cannot be read to
 * its end, its digest covers the bytes up to the error, when staged and now. */
static enum rc
visit_source(void *arg, size_t i, struct stream bytes, struct err *e)
{
	struct group *const g = arg;
	char now[DIGEST_HEX];
	uint64_t n = 0;
	struct err why;

	err_clear(&why);
	const enum rc read = digest_stream(g->digest, bytes, &n, &why);
	if (read == RC_FATAL) {
		*e = why;
		return read;
	}
	if (digest_final_hex(g->digest, now, e) != RC_OK)
		return RC_FATAL;
	struct input *const in = find_input(g, i, now);
	if (in == NULL)
		return RC_OK;
	const bool good = strcmp(in->sha256, now) == 0;
	if (read == RC_OK || good) {
		in->exists = true;
		in->good = good;
		in->bytes = n;
		memcpy(in->now, now, sizeof(now));
	} else if (g->broken.rc == RC_OK) {
		g->broken = why;
	}
	return RC_OK;
}

/* Read the sources of a group from the file whose name is the first `file`
 * bytes of their names. *why becomes the error if something cannot be read. */
static void
read_group(const struct source_lookup_options *o, struct group *g, size_t file,
    struct err *why)
{
	const struct source_lookup_visit visit = { visit_source, g };
	enum rc rc = RC_OK;

	g->sorted = calloc(g->n, sizeof(*g->sorted));
	g->names = calloc(g->n, sizeof(*g->names));
	if (g->sorted == NULL || g->names == NULL) {
		(void)err_nomem(why);
		goto out;
	}
	for (size_t i = 0; i < g->n; i++)
		if (g->inputs[i].sha256[0] != '\0')
			g->sorted[g->n_sorted++] = &g->inputs[i];
	qsort(g->sorted, g->n_sorted, sizeof(*g->sorted), compare_names);
	for (size_t i = 0; i < g->n_sorted; i++)
		g->names[i] = g->sorted[i]->name;
	const struct source_lookup_names names = { g->names, g->n_sorted,
		file };
	if (g->n_sorted != 0)
		rc = source_lookup_read(o, &names, &visit, why);
	if (rc == RC_OK && g->broken.rc != RC_OK)
		*why = g->broken;
out:
	free(g->sorted);
	free(g->names);
}

/* --- findings ------------------------------------------------------------- */

/* The verdict on a source that was not read: an input that a limit, a password
 * or the system makes unreadable is neither bad nor missing. */
static enum finding_verdict
verdict_of(const struct err *why)
{
	if (why->why == WHY_SYSTEM &&
	    (why->sys == ENOENT || why->sys == ENOTDIR))
		return FINDING_MISSING;
	return why->rc == RC_OK || why->why == WHY_CORRUPT ? FINDING_BAD
							   : FINDING_UNREAD;
}

/* Report a source; `why` says what could not be read in its file. */
static void
report_input(const struct input *in, const struct err *why,
    const struct finding_visit *visit)
{
	struct finding item = {
		.part = FINDING_INPUT,
		.verdict = FINDING_GOOD,
		.name = in->name,
		.text = "",
		.bytes = in->bytes,
	};
	struct err e;

	err_clear(&e);
	if (in->sha256[0] == '\0') {
		item.verdict = FINDING_UNREAD;
		(void)err_set(&e, RC_SKIP, WHY_CORRUPT,
		    "%s could not be read when it was staged", in->name);
	} else if (in->exists && !in->good) {
		item.verdict = FINDING_BAD;
		(void)err_set(&e, RC_SKIP, WHY_TAMPERED,
		    "%s differs from what was staged: its SHA-256 is %s, the "
		    "manifest says %.64s",
		    in->name, in->now, in->sha256);
	} else if (in->good && in->said != UINT64_MAX &&
		   in->said != in->bytes) {
		item.verdict = FINDING_BAD;
		(void)err_set(&e, RC_SKIP, WHY_TAMPERED,
		    "%s has %llu bytes, the manifest says %llu", in->name,
		    (unsigned long long)in->bytes,
		    (unsigned long long)in->said);
	} else if (!in->good) {
		item.verdict = verdict_of(why);
		const bool named = strstr(why->text, in->name) != NULL;
		(void)err_set(&e, RC_SKIP, why->why, "%s%s%s",
		    named ? "" : in->name, named ? "" : ": ",
		    why->rc != RC_OK ? why->text
				     : "is not in its archive any more");
	}
	item.text = e.text;
	visit->item(visit->arg, &item);
}

/* --- groups --------------------------------------------------------------- */

/* Compare the archive of a group with its own digest, once for successive
 * groups of the same archive. */
static enum rc
verify_archive(struct verification *v, struct err *e)
{
	const struct group *const g = &v->group;
	const char *const name = g->inputs->name;
	struct input in = { .said = UINT64_MAX };
	struct group own = { .inputs = &in, .n = 1, .digest = g->digest };
	struct err why;

	if (g->file == 0 || name[g->file] == '\0' ||
	    g->inputs->archive[0] == '\0')
		return RC_OK;
	if (v->last_archive != NULL && strlen(v->last_archive) == g->file &&
	    strncmp(v->last_archive, name, g->file) == 0)
		return RC_OK;
	free(v->last_archive);
	v->last_archive = strndup(name, g->file);
	if (v->last_archive == NULL)
		return err_nomem(e);
	err_clear(&why);
	in.name = v->last_archive;
	memcpy(in.sha256, g->inputs->archive, sizeof(in.sha256));
	read_group(v->o, &own, g->file, &why);
	if (why.why == WHY_MEMORY)
		return err_nomem(e);
	report_input(&in, &why, v->visit);
	return RC_OK;
}

static void
clear_group(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->inputs[i].name);
	g->n = 0;
	g->n_sorted = 0;
	err_clear(&g->broken);
}

static enum rc
verify_group(struct verification *v, struct err *e)
{
	struct group *const g = &v->group;

	if (g->n == 0)
		return RC_OK;
	enum rc rc = verify_archive(v, e);
	if (rc == RC_OK && g->file != 0) {
		err_clear(&v->why);
		read_group(v->o, g, g->file, &v->why);
	}
	if (v->why.why == WHY_MEMORY)
		rc = err_nomem(e);
	for (size_t i = 0; i < g->n && rc == RC_OK; i++)
		report_input(&g->inputs[i], &v->why, v->visit);
	clear_group(g);
	return rc;
}

/* True if a source is in the archive of the group, or if its file cannot be
 * found now. */
static bool
is_in_group(const struct group *g, const char *name)
{
	struct err unused;

	if (g->n == 0 || g->n >= GROUP_MAX || g->file == 0 ||
	    g->inputs->name[g->file] == '\0' ||
	    strncmp(name, g->inputs->name, g->file) != 0)
		return false;
	const size_t file = source_name_file(name, &unused);
	return file == g->file || file == 0;
}

static enum rc
add_source(struct verification *v, const struct source_entry *s, struct err *e)
{
	struct group *const g = &v->group;

	if (!is_in_group(g, s->name)) {
		if (verify_group(v, e) != RC_OK)
			return e->rc;
		err_clear(&v->why);
		g->file = source_name_file(s->name, &v->why);
	}
	struct input *const more =
	    array_grow(g->inputs, g->n, &g->cap, sizeof(*more));
	if (more == NULL)
		return err_nomem(e);
	g->inputs = more;
	struct input *const in = &g->inputs[g->n];
	*in = (struct input){ .name = strdup(s->name), .said = s->bytes };
	if (in->name == NULL)
		return err_nomem(e);
	memcpy(in->sha256, s->sha256, sizeof(in->sha256));
	memcpy(in->archive, s->archive_sha256, sizeof(in->archive));
	g->n++;
	return RC_OK;
}

static enum rc
visit_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct source_entry s;
	struct cJSON *o = NULL;

	enum rc rc = json_parse(line->text, "sources.ndjson", &o, e);
	if (rc == RC_OK)
		rc = source_entry_read(o, &s, e);
	if (rc == RC_OK)
		rc = add_source(arg, &s, e);
	json_free(o);
	return rc;
}

enum rc
verify_inputs(const struct source_lookup_options *o, const struct reader *r,
    const struct finding_visit *visit, struct err *e)
{
	struct verification v = { .o = o, .visit = visit };
	const struct scan_visit lines = { visit_line, &v };

	if (json_get(reader_manifest(r), SIDECAR_SOURCES) == NULL)
		return RC_OK;
	enum rc rc = digest_create(&v.group.digest, e);
	if (rc == RC_OK)
		rc = reader_sidecar(r, SIDECAR_SOURCES, &lines, e);
	if (rc == RC_OK)
		rc = verify_group(&v, e);
	/* verify_staging() reports what is wrong with sources.ndjson. */
	if (rc == RC_FATAL && (e->why == WHY_TAMPERED || e->why == WHY_CORRUPT))
		rc = RC_OK;
	clear_group(&v.group);
	free(v.group.inputs);
	free(v.last_archive);
	digest_destroy(v.group.digest);
	return rc;
}
