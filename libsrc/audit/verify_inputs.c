/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify_inputs.h"
#include "stage/source_entry.h"
#include "util/json.h"

/* A source, and what was found. */
struct input {
	char *name;               /* owned */
	char sha256[DIGEST_HEX];  /* "": it could not be read then */
	char archive[DIGEST_HEX]; /* of the archive that it is in, or "" */
	uint64_t said; /* how many bytes it had; UINT64_MAX: nobody says */
	bool good;
	bool there;           /* something with its name is */
	char now[DIGEST_HEX]; /* the digest of that */
	uint64_t bytes;
};

/* Sources in the same file. */
struct group {
	struct input *inputs; /* in the order of the staging */
	size_t n;
	size_t cap;
	size_t file;           /* bytes of their names that are the file's */
	struct input **sorted; /* those that were read, by their names */
	const char **names;    /* theirs */
	size_t n_sorted;
	struct digest *digest;
	struct err broken; /* why the first one broke off, if one did */
};

static int
by_name(const void *a, const void *b)
{
	const struct input *const *const x = a;
	const struct input *const *const y = b;

	return strcmp((*x)->name, (*y)->name);
}

static enum rc
add_bytes(struct digest *d, struct stream bytes, uint64_t *n, struct err *e)
{
	struct span block;

	enum rc rc = digest_restart(d, e);
	*n = 0;
	while (rc == RC_OK) {
		rc = stream_next(bytes, &block, e);
		if (rc == RC_OK) {
			rc = digest_add(d, block, e);
			*n += block.n;
		}
	}
	return rc == RC_END ? RC_OK : rc;
}

/* The one of sources with the same name that has this digest, or else one that
 * has none yet; NULL: all of them were found. */
static struct input *
match(const struct group *g, size_t i, const char *now)
{
	struct input *other = NULL;

	for (size_t k = i;
	     k < g->n_sorted && strcmp(g->names[k], g->names[i]) == 0; k++) {
		struct input *const in = g->sorted[k];
		if (!in->good && strcmp(in->sha256, now) == 0)
			return in;
		if (!in->good && !in->there && other == NULL)
			other = in;
	}
	return other;
}

/* A source that broke off when it was staged has the digest of what came, and
 * breaks off again. */
static enum rc
take(void *arg, size_t i, struct stream bytes, struct err *e)
{
	struct group *const g = arg;
	char now[DIGEST_HEX];
	uint64_t n = 0;
	struct err why;

	err_clear(&why);
	const enum rc read = add_bytes(g->digest, bytes, &n, &why);
	if (read == RC_FATAL) {
		*e = why;
		return read;
	}
	if (digest_final_hex(g->digest, now, e) != RC_OK)
		return RC_FATAL;
	struct input *const in = match(g, i, now);
	if (in == NULL)
		return RC_OK;
	const bool good = strcmp(in->sha256, now) == 0;
	if (read == RC_OK || good) {
		in->there = true;
		in->good = good;
		in->bytes = n;
		memcpy(in->now, now, sizeof(now));
	} else if (g->broken.rc == RC_OK) {
		g->broken = why;
	}
	return RC_OK;
}

/* --- what is told --------------------------------------------------------- */

/* A file that is not to be found is missing; one that is not what it was is
 * bad. What a limit, a password or the system keeps from being read is neither.
 */
static enum finding_verdict
verdict_of(const struct err *why)
{
	if (why->why == WHY_SYSTEM &&
	    (why->sys == ENOENT || why->sys == ENOTDIR))
		return FINDING_MISSING;
	return why->rc == RC_OK || why->why == WHY_CORRUPT ? FINDING_BAD
							   : FINDING_UNREAD;
}

/* `why`: what the reading failed with, if it did. */
static void
tell(const struct input *in, const struct err *why,
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
	} else if (in->there && !in->good) {
		item.verdict = FINDING_BAD;
		(void)err_set(&e, RC_SKIP, WHY_TAMPERED,
		    "%s is not what was read: its SHA-256 is %s, the manifest "
		    "says %.64s",
		    in->name, in->now, in->sha256);
	} else if (in->good && in->said != UINT64_MAX &&
		   in->said != in->bytes) {
		item.verdict = FINDING_BAD;
		(void)err_set(&e, RC_SKIP, WHY_TAMPERED,
		    "%s has %llu bytes, the manifest says otherwise", in->name,
		    (unsigned long long)in->bytes);
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

static enum rc
make_lists(struct group *g, struct err *e)
{
	g->sorted = calloc(g->n, sizeof(*g->sorted));
	g->names = calloc(g->n, sizeof(*g->names));
	if (g->sorted == NULL || g->names == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < g->n; i++) {
		if (g->inputs[i].sha256[0] != '\0')
			g->sorted[g->n_sorted++] = &g->inputs[i];
	}
	qsort(g->sorted, g->n_sorted, sizeof(*g->sorted), by_name);
	for (size_t i = 0; i < g->n_sorted; i++)
		g->names[i] = g->sorted[i]->name;
	return RC_OK;
}

/* Read them; *why: what that failed with. */
static void
check_group(const struct source_lookup_options *o, struct group *g, size_t file,
    struct err *why)
{
	const struct source_lookup_visit visit = { take, g };

	enum rc rc = make_lists(g, why);
	const struct source_lookup_names names = { g->names, g->n_sorted,
		file };
	if (rc == RC_OK && g->n_sorted != 0)
		rc = source_lookup_read(o, &names, &visit, why);
	if (rc == RC_OK && g->broken.rc != RC_OK)
		*why = g->broken;
	free(g->sorted);
	free(g->names);
}

/* Whether it is in the file that the first `file` bytes name, which is there:
 * what cannot be looked at now is taken to be. */
static bool
is_in(const char *in, const char *name, size_t file)
{
	struct err e;

	if (strncmp(in, name, file) != 0)
		return false;
	const size_t n = source_name_file(in, &e);
	return n == file || n == 0;
}

/* The archive is an input of its own, by its own bytes. */
static enum rc
check_archive(const struct source_lookup_options *o, const struct group *of,
    const struct finding_visit *visit, struct err *e)
{
	struct input in = { .said = UINT64_MAX };
	struct group g = { .inputs = &in, .n = 1, .digest = of->digest };
	struct err why;

	err_clear(&why);
	in.name = strndup(of->inputs->name, of->file);
	if (in.name == NULL)
		return err_nomem(e);
	memcpy(in.sha256, of->inputs->archive, sizeof(in.sha256));
	check_group(o, &g, of->file, &why);
	const enum rc rc = why.why == WHY_MEMORY ? err_nomem(e) : RC_OK;
	if (rc == RC_OK)
		tell(&in, &why, visit);
	free(in.name);
	return rc;
}

/* --- sources, as they come ------------------------------------------------ */

/* An archive is read again for every so many sources in it. */
#define GROUP_MAX ((size_t)16384)

struct checking {
	const struct source_lookup_options *o;
	const struct finding_visit *visit;
	struct group group;
	struct err why;     /* there is no such file */
	char *archive_told; /* the archive whose own digest was compared last */
};

static void
forget_inputs(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->inputs[i].name);
	g->n = 0;
	g->n_sorted = 0;
	err_clear(&g->broken);
}

static enum rc
check_own_digest(struct checking *c, struct err *e)
{
	const struct group *const g = &c->group;
	const char *const name = g->inputs->name;

	if (g->file == 0 || name[g->file] == '\0' ||
	    g->inputs->archive[0] == '\0')
		return RC_OK;
	if (c->archive_told != NULL && strlen(c->archive_told) == g->file &&
	    strncmp(c->archive_told, name, g->file) == 0)
		return RC_OK;
	free(c->archive_told);
	c->archive_told = strndup(name, g->file);
	return c->archive_told == NULL ? err_nomem(e)
				       : check_archive(c->o, g, c->visit, e);
}

static enum rc
end_group(struct checking *c, struct err *e)
{
	struct group *const g = &c->group;

	if (g->n == 0)
		return RC_OK;
	enum rc rc = check_own_digest(c, e);
	if (rc == RC_OK && g->file != 0) {
		err_clear(&c->why);
		check_group(c->o, g, g->file, &c->why);
	}
	if (c->why.why == WHY_MEMORY)
		rc = err_nomem(e);
	for (size_t i = 0; i < g->n && rc == RC_OK; i++)
		tell(&g->inputs[i], &c->why, c->visit);
	forget_inputs(g);
	return rc;
}

static bool
belongs(const struct group *g, const char *name)
{
	return g->n != 0 && g->n < GROUP_MAX && g->file != 0 &&
	       g->inputs->name[g->file] != '\0' &&
	       is_in(name, g->inputs->name, g->file);
}

static enum rc
add_input(struct checking *c, const struct source_entry *s, struct err *e)
{
	struct group *const g = &c->group;

	if (g->n == g->cap) {
		const size_t cap = g->cap * 2 + 4;
		struct input *const more =
		    realloc(g->inputs, cap * sizeof(*more));
		if (more == NULL)
			return err_nomem(e);
		g->inputs = more;
		g->cap = cap;
	}
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
take_source(struct checking *c, const struct source_entry *s, struct err *e)
{
	if (!belongs(&c->group, s->name)) {
		if (end_group(c, e) != RC_OK)
			return e->rc;
		err_clear(&c->why);
		c->group.file = source_name_file(s->name, &c->why);
	}
	return add_input(c, s, e);
}

static enum rc
take_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct source_entry s;
	struct cJSON *o = NULL;

	enum rc rc = json_parse(line->text, "sources.ndjson", &o, e);
	if (rc == RC_OK)
		rc = source_entry_read(o, &s, e);
	if (rc == RC_OK)
		rc = take_source(arg, &s, e);
	json_free(o);
	return rc;
}

enum rc
verify_inputs(const struct source_lookup_options *o, const struct reader *r,
    const struct finding_visit *visit, struct err *e)
{
	struct checking c = { .o = o, .visit = visit };
	const struct scan_visit lines = { take_line, &c };

	if (json_get(reader_manifest(r), SIDECAR_SOURCES) == NULL)
		return RC_OK;
	enum rc rc = digest_create(&c.group.digest, e);
	if (rc == RC_OK)
		rc = reader_sidecar(r, SIDECAR_SOURCES, &lines, e);
	if (rc == RC_OK)
		rc = end_group(&c, e);
	/* What is wrong with the file of sources was told before. */
	if (rc == RC_FATAL && (e->why == WHY_TAMPERED || e->why == WHY_CORRUPT))
		rc = RC_OK;
	forget_inputs(&c.group);
	free(c.group.inputs);
	free(c.archive_told);
	digest_destroy(c.group.digest);
	return rc;
}
