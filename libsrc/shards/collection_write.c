/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shards/collection.h"
#include "shards/collection_write.h"
#include "shards/skip_folder.h"
#include "stage/account_json.h"
#include "stage/manifest_digest.h"
#include "util/io.h"
#include "util/json.h"
#include "util/maxima.h"
#include "util/sign.h"

#define SUFFIX ".json"

struct collection_place {
	int dirfd;
	char *folder;    /* path of the folder, "." or absolute; owned */
	char *name;      /* name of the file in the folder; owned */
	char *base;      /* `name` without .json; owned */
	char **stagings; /* owned; the path of each reader's staging, relative
			    to the folder if it is below it */
	size_t n;
};

void
collection_write_result(struct cJSON *o, const struct shard_set *set,
    const struct shard_set_result *result)
{
	struct cJSON *const coverage = json_add_object(o, "coverage");

	json_add(o, "accounting", account_json(&result->account, set->reasons));
	json_add_count(o, "sources", result->sources);
	json_add_count(o, "sources_bad", result->bad);
	json_add_count(coverage, "logs", result->ids.logs);
	json_add_count(coverage, "gaps", result->ids.gaps);
	json_add_count(coverage, "missing", result->ids.missing);
	json_add_count(coverage, "gaps_unlisted", result->ids.unlisted);
	struct cJSON *const templates = json_add_object(o, "missing_templates");
	json_add_count(templates, "records", result->templates.records);
	json_add_count(templates, "templates", result->templates.templates);
	json_add_count(templates, "elsewhere", result->templates.elsewhere);
	json_add_count(templates, "unlisted", result->templates.unlisted);
	json_add_count(o, "rows", result->counts.rows);
	json_add_count(o, "rows_without_key", result->counts.without_key);
	json_add_count(o, "duplicates", result->counts.duplicates);
	json_add_count(o, "conflicts", result->counts.conflicts);
}

/* --- folder and paths ----------------------------------------------------- */

static enum rc
open_folder(struct collection_place *p, const char *path, struct err *e)
{
	const char *const slash = strrchr(path, '/');
	const size_t n = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *const folder = n == 0 ? NULL : strndup(path, n);
	const size_t length = strlen(path + n);
	const size_t suffix = sizeof(SUFFIX) - 1;
	const bool ends =
	    length > suffix && strcmp(path + n + length - suffix, SUFFIX) == 0;

	p->folder = folder == NULL ? strdup(".") : realpath(folder, NULL);
	p->name = strdup(path + n);
	p->base = strndup(path + n, ends ? length - suffix : length);
	free(folder);
	if (p->name == NULL || p->base == NULL)
		return err_nomem(e);
	if (p->folder != NULL)
		p->dirfd = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dirfd != -1)
		return RC_OK;
	(void)err_sys(e, RC_FATAL, "open the folder of %s", path);
	e->why = WHY_USAGE;
	return e->rc;
}

/* Check the file that will be replaced. It must be a collection, unchanged or
 * not, so that a plan or manifest that was given by mistake is not lost. */
static enum rc
check_old(const struct collection_place *p, const char *path, struct err *e)
{
	struct collection *old = NULL;
	struct stat st;
	struct err why;

	if (fstatat(p->dirfd, p->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? RC_OK
				       : err_sys(e, RC_FATAL, "stat %s", path);
	if (S_ISREG(st.st_mode)) {
		const enum rc rc = collection_open(&old, path, &why);
		collection_close(old);
		if (rc == RC_OK || why.why == WHY_TAMPERED)
			return RC_OK;
	}
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "%s exists and is not a collection: remove it or give another -o",
	    path);
}

/* The path of a staging as the collection contains it: unchanged if the folder
 * of the collection is the current folder, else relative to that folder if the
 * staging is below it, else absolute. NULL on failure. */
static char *
path_of(const struct collection_place *p, const char *dir)
{
	if (strcmp(p->folder, ".") == 0)
		return strdup(dir);
	char *const real = realpath(dir, NULL);
	const size_t n = strlen(p->folder);
	if (real == NULL || strncmp(real, p->folder, n) != 0 || real[n] != '/')
		return real;
	char *const below = strdup(real + n + 1);
	free(real);
	return below;
}

enum rc
collection_write_open(struct collection_place **pp, const char *path,
    struct reader *const *readers, size_t n, struct err *e)
{
	struct collection_place *const p = calloc(1, sizeof(*p));

	*pp = p;
	if (p == NULL)
		return err_nomem(e);
	p->dirfd = -1;
	p->stagings = calloc(n + 1, sizeof(*p->stagings));
	if (p->stagings == NULL)
		return err_nomem(e);
	enum rc rc = open_folder(p, path, e);
	if (rc == RC_OK)
		rc = check_old(p, path, e);
	for (; rc == RC_OK && p->n < n; p->n++) {
		p->stagings[p->n] = path_of(p, reader_dir(readers[p->n]));
		if (p->stagings[p->n] == NULL)
			return err_sys(e, RC_FATAL, "resolve the path of %s",
			    reader_dir(readers[p->n]));
	}
	return rc;
}

void
collection_write_close(struct collection_place *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->stagings[i]);
	free(p->stagings);
	if (p->dirfd != -1)
		(void)close(p->dirfd);
	free(p->folder);
	free(p->name);
	free(p->base);
	free(p);
}

const char *
collection_write_folder(const struct collection_place *p)
{
	return p->folder;
}

/* --- the file ------------------------------------------------------------- */

static void
add_skip(struct cJSON *o, const struct collection_place *p, uint32_t shard,
    const struct skip_list_info *info)
{
	struct cJSON *const skip = json_add_object(o, "skip");
	char *name = NULL;

	if (asprintf(&name, "%s.skip/%u.skip", p->base, shard) == -1)
		name = NULL;
	json_add_text(skip, "name", name);
	json_add_text(skip, "sha256", info->sha256);
	json_add_count(skip, "rows", info->rows);
	free(name);
}

static void
add_shards(struct cJSON *o, const struct collection_place *p,
    const struct collection_write *w, struct skip_folder *skips)
{
	struct cJSON *const shards = json_add_array(o, "shards");

	for (uint32_t i = 0; i < shard_plan_shards(w->set->plan); i++) {
		const size_t of = w->result->of_shard[i] - 1;
		const struct reader *const r = w->set->readers[of];
		const struct skip_list_info *const info =
		    skips == NULL ? NULL : skip_folder_info(skips, i);
		struct cJSON *const one = json_push_object(shards);
		json_add_count(one, "shard", i);
		json_add_text(one, "staging", p->stagings[of]);
		json_add_text(
		    one, "digest", json_text(reader_manifest(r), "digest"));
		if (info != NULL)
			add_skip(one, p, i, info);
	}
}

static void
add_head(struct cJSON *o, const struct collection_write *w)
{
	const struct cJSON *const first =
	    reader_manifest(w->set->readers[w->result->of_shard[0] - 1]);

	json_add_text(o, "format", COLLECTION_FORMAT);
	json_add_text(o, "shards_sha256", shard_plan_digest(w->set->plan));
	json_add(o, "event_set", json_copy(json_get(first, "event_set")));
	json_add(o, "tool", json_copy(json_get(first, "tool")));
	json_add_text(o, "schema", json_text(first, "schema"));
	json_add_bool(o, "dedupe", w->dedupe);
	collection_write_result(o, w->set, w->result);
}

/* Replace the file and its signature. The old signature is removed before the
 * file is replaced, and the new one is written after it, so a signature of
 * another collection never lies beside the file. */
static enum rc
write_file(const struct collection_write *w, const struct collection_place *p,
    struct span text, struct err *e)
{
	uint8_t signature[SIGN_BYTES];
	char *name = NULL;
	enum rc rc = RC_OK;

	if (asprintf(&name, "%s.sig", p->name) == -1)
		return err_nomem(e);
	if (w->sign != NULL)
		rc = sign_make(w->sign, text, signature, e);
	if (rc == RC_OK && unlinkat(p->dirfd, name, 0) == -1 && errno != ENOENT)
		rc = err_sys(e, RC_FATAL, "remove %s", name);
	if (rc == RC_OK)
		rc = io_write_file(p->dirfd, p->name, text, e);
	if (rc == RC_OK && w->sign != NULL)
		rc = io_write_file(
		    p->dirfd, name, span_of(signature, SIGN_BYTES), e);
	free(name);
	return rc;
}

static enum rc
write_text(const struct collection_write *w, const struct collection_place *p,
    struct skip_folder *skips, struct err *e)
{
	struct cJSON *const o = json_object();
	struct buf text;

	buf_init(&text, MAXIMUM_MANIFEST);
	add_head(o, w);
	add_shards(o, p, w, skips);
	enum rc rc = manifest_digest_write(o, &text, e);
	if (rc == RC_OK)
		rc = write_file(w, p, buf_span(&text), e);
	json_free(o);
	buf_reset(&text);
	return rc;
}

enum rc
collection_write(
    struct collection_place *p, const struct collection_write *w, struct err *e)
{
	struct skip_folder *skips = NULL;

	enum rc rc = skip_folder_remove(p->dirfd, p->base, e);
	if (rc == RC_OK && w->dedupe)
		rc = skip_folder_write(
		    &skips, p->dirfd, p->base, w->result->rows, e);
	if (rc == RC_OK)
		rc = write_text(w, p, skips, e);
	skip_folder_free(skips);
	return rc;
}
