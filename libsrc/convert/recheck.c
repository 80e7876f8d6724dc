/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "convert/recheck.h"
#include "util/json.h"

/* A source, and what was found. */
struct input {
	const char *name;
	const char *sha256;  /* NULL: it could not be read then */
	const char *archive; /* of the archive that it is in, or NULL */
	bool good;
	bool there;           /* something with its name is */
	char now[DIGEST_HEX]; /* the digest of that */
	uint64_t bytes;
	const struct cJSON *source; /* as the manifest has it, or NULL */
};

/* Sources in the same file. */
struct group {
	struct input *inputs; /* in the order of the manifest */
	size_t n;
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
add_bytes(struct digest *d, struct blocks bytes, uint64_t *n, struct err *e)
{
	struct span block;

	enum rc rc = digest_restart(d, e);
	*n = 0;
	while (rc == RC_OK) {
		rc = bytes.next(bytes.ctx, &block, e);
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
take(void *arg, size_t i, struct blocks bytes, struct err *e)
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
static enum verify_verdict
verdict_of(const struct err *why)
{
	if (why->why == WHY_SYSTEM &&
	    (why->sys == ENOENT || why->sys == ENOTDIR))
		return VERIFY_MISSING;
	return why->rc == RC_OK || why->why == WHY_CORRUPT ? VERIFY_BAD
							   : VERIFY_UNREAD;
}

static bool
says_bytes(const struct input *in)
{
	uint64_t n = 0;
	struct err e;

	return in->source == NULL ||
	       (json_need_u64(in->source, "bytes", &n, &e) == RC_OK &&
		   n == in->bytes);
}

/* `why`: what the reading failed with, if it did. */
static void
tell(const struct input *in, const struct err *why,
    const struct verify_visit *visit)
{
	struct verify_item item = {
		.part = VERIFY_INPUT,
		.verdict = VERIFY_GOOD,
		.name = in->name,
		.text = "",
		.bytes = in->bytes,
	};
	struct err e;

	err_clear(&e);
	if (in->sha256 == NULL) {
		item.verdict = VERIFY_UNREAD;
		(void)err_set(&e, RC_SKIP, WHY_CORRUPT,
		    "%s could not be read when it was staged", in->name);
	} else if (in->there && !in->good) {
		item.verdict = VERIFY_BAD;
		(void)err_set(&e, RC_SKIP, WHY_TAMPERED,
		    "%s is not what was read: its SHA-256 is %s, the manifest "
		    "says %.64s",
		    in->name, in->now, in->sha256);
	} else if (in->good && !says_bytes(in)) {
		item.verdict = VERIFY_BAD;
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
		if (g->inputs[i].sha256 != NULL)
			g->sorted[g->n_sorted++] = &g->inputs[i];
	}
	qsort(g->sorted, g->n_sorted, sizeof(*g->sorted), by_name);
	for (size_t i = 0; i < g->n_sorted; i++)
		g->names[i] = g->sorted[i]->name;
	return RC_OK;
}

/* Read them; *why: what that failed with. */
static void
check_group(const struct evidence_options *o, struct group *g, size_t file,
    struct err *why)
{
	const struct evidence_visit visit = { take, g };

	enum rc rc = make_lists(g, why);
	const struct evidence_names names = { g->names, g->n_sorted, file };
	if (rc == RC_OK && g->n_sorted != 0)
		rc = evidence_read(o, &names, &visit, why);
	if (rc == RC_OK && g->broken.rc != RC_OK)
		*why = g->broken;
	free(g->sorted);
	free(g->names);
}

/* Whether it is in the file that the first `file` bytes name, which is there:
 * what cannot be looked at now is taken to be. */
static bool
is_in(const struct input *in, const char *name, size_t file)
{
	struct err e;

	if (strncmp(in->name, name, file) != 0)
		return false;
	const size_t n = evidence_file(in->name, &e);
	return n == file || n == 0;
}

/* How many sources from here on are in the same file. */
static size_t
count_group(const struct input *in, size_t n, size_t file)
{
	size_t i = 1;

	if (in->name[file] == '\0')
		return 1;
	while (i < n && is_in(&in[i], in->name, file))
		i++;
	return i;
}

/* The archive is an input of its own, by its own bytes. */
static enum rc
check_archive(const struct evidence_options *o, const struct group *of,
    size_t file, const struct verify_visit *visit, struct err *e)
{
	char *const name = strndup(of->inputs->name, file);
	struct input in = { .name = name, .sha256 = of->inputs->archive };
	struct group g = { .inputs = &in, .n = 1, .digest = of->digest };
	struct err why;

	err_clear(&why);
	if (name == NULL)
		return err_nomem(e);
	check_group(o, &g, file, &why);
	const enum rc rc = why.why == WHY_MEMORY ? err_nomem(e) : RC_OK;
	if (rc == RC_OK)
		tell(&in, &why, visit);
	free(name);
	return rc;
}

static bool
is_in_archive(const struct input *in, size_t file)
{
	return file != 0 && in->name[file] != '\0' && in->archive != NULL;
}

static enum rc
check_all(const struct evidence_options *o, struct input *inputs, size_t n,
    const struct verify_visit *visit, struct err *e)
{
	struct group g = { .inputs = inputs };

	enum rc rc = digest_create(&g.digest, e);
	for (; rc == RC_OK && n != 0; n -= g.n) {
		struct err why;
		err_clear(&why);
		const size_t file = evidence_file(g.inputs->name, &why);
		g.n = file == 0 ? 1 : count_group(g.inputs, n, file);
		g.n_sorted = 0;
		err_clear(&g.broken);
		if (is_in_archive(g.inputs, file))
			rc = check_archive(o, &g, file, visit, e);
		if (rc == RC_OK && file != 0) {
			err_clear(&why);
			check_group(o, &g, file, &why);
		}
		if (why.why == WHY_MEMORY)
			rc = err_nomem(e);
		for (size_t i = 0; i < g.n && rc == RC_OK; i++)
			tell(&g.inputs[i], &why, visit);
		g.inputs += g.n;
	}
	digest_destroy(g.digest);
	return rc;
}

enum rc
recheck_inputs(const struct evidence_options *o, const struct reader *r,
    const struct verify_visit *visit, struct err *e)
{
	const struct cJSON *const list =
	    json_get(reader_manifest(r), "sources");
	size_t n = 0;

	for (const struct cJSON *v = json_first(list); v != NULL;
	     v = json_next(v))
		n++;
	struct input *const inputs = calloc(n + 1, sizeof(*inputs));
	if (inputs == NULL)
		return err_nomem(e);
	n = 0;
	for (const struct cJSON *v = json_first(list); v != NULL;
	     v = json_next(v)) {
		const char *const name = json_text(v, "name");
		const char *const sha256 = json_text(v, "sha256");
		inputs[n].name = name == NULL ? "" : name;
		inputs[n].source = v;
		inputs[n].archive = json_text(v, "archive_sha256");
		if (sha256 != NULL && sha256[0] != '\0')
			inputs[n].sha256 = sha256;
		n++;
	}
	const enum rc rc = check_all(o, inputs, n, visit, e);
	free(inputs);
	return rc;
}
