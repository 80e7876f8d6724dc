/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shards/collection.h"
#include "stage/manifest_digest.h"
#include "stage/skip_list.h"
#include "util/io.h"
#include "util/json.h"
#include "util/maxima.h"
#include "util/sign.h"

struct part {
	char *path; /* path of the staging; owned */
	const char *digest;
	/* Name of the skip list; NULL: no rows are skipped. */
	const char *skip_name;
	struct skip_list_info skip;
};

struct collection {
	int dirfd;  /* folder that contains the file */
	char *name; /* name of the file in the folder `dirfd`; owned */
	struct buf text;
	struct cJSON *root;
	const char *digest;
	struct part *parts;
	size_t n;
};

/* --- parts ---------------------------------------------------------------- */

static enum rc
not_written(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_CORRUPT,
	    "\"shards\" is missing, empty or not valid; run merge-check "
	    "again");
}

/* True for names of the form FOLDER.skip/NAME.skip. Paths that leave the folder
 * of the collection are not accepted. */
static bool
is_skip_name(const char *s)
{
	static const char suffix[] = ".skip";
	const size_t length = sizeof(suffix) - 1;
	const char *const slash = strchr(s, '/');
	const size_t n = strlen(s);

	return slash != NULL && (size_t)(slash - s) >= length &&
	       strncmp(slash - length, suffix, length) == 0 &&
	       slash[1] != '.' && strchr(slash + 1, '/') == NULL &&
	       strcmp(s + n - length, suffix) == 0;
}

static enum rc
read_skip(const struct cJSON *skip, struct part *p, struct err *e)
{
	const char *sha256 = NULL;

	if (skip == NULL)
		return RC_OK;
	enum rc rc = json_need_text(skip, "name", &p->skip_name, e);
	if (rc == RC_OK)
		rc = json_need_text(skip, "sha256", &sha256, e);
	if (rc == RC_OK)
		rc = json_need_u64(skip, "rows", &p->skip.rows, e);
	if (rc != RC_OK)
		return rc;
	if (!is_skip_name(p->skip_name) || !digest_is_hex(sha256) ||
	    p->skip.rows > UINT64_MAX / SKIP_LIST_LINE)
		return not_written(e);
	memcpy(p->skip.sha256, sha256, DIGEST_HEX);
	return RC_OK;
}

static enum rc
read_part(
    const struct cJSON *o, struct span folder, struct part *p, struct err *e)
{
	const char *name = NULL;
	enum rc rc = json_need_text(o, "staging", &name, e);

	if (rc == RC_OK)
		rc = json_need_text(o, "digest", &p->digest, e);
	if (rc == RC_OK)
		rc = read_skip(json_get(o, "skip"), p, e);
	if (rc != RC_OK)
		return rc;
	if (name[0] == '\0' || !digest_is_hex(p->digest))
		return not_written(e);
	if (asprintf(&p->path, "%.*s%s", name[0] == '/' ? 0 : (int)folder.n,
		(const char *)folder.p, name) == -1) {
		p->path = NULL;
		return err_nomem(e);
	}
	return RC_OK;
}

static enum rc
read_parts(struct collection *c, struct span folder, struct err *e)
{
	const struct cJSON *const list = json_get(c->root, "shards");
	const char *const format = json_text(c->root, "format");
	size_t n = 0;

	if (format == NULL || strcmp(format, COLLECTION_FORMAT) != 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "not a collection that evtxstage merge-check wrote");
	for (const struct cJSON *v = json_first(list); v; v = json_next(v))
		n++;
	c->parts = calloc(n + 1, sizeof(*c->parts));
	if (c->parts == NULL)
		return err_nomem(e);
	for (const struct cJSON *v = json_first(list); v; v = json_next(v)) {
		const enum rc rc = read_part(v, folder, &c->parts[c->n++], e);
		if (rc != RC_OK)
			return rc;
	}
	return c->n != 0 ? RC_OK : not_written(e);
}

/* --- the file ------------------------------------------------------------- */

static enum rc
read_file(struct collection *c, const char *path, struct err *e)
{
	const char *const slash = strrchr(path, '/');
	const struct span folder =
	    span_of(path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
	char name[ERR_TEXT_MAX];

	c->name = strdup(path + folder.n);
	if (c->name == NULL)
		return err_nomem(e);
	(void)snprintf(name, sizeof(name), "%.*s.", (int)folder.n, path);
	c->dirfd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = c->dirfd == -1
			 ? err_sys(e, RC_FATAL, "open the folder of the file")
			 : io_slurp(c->dirfd, path + folder.n, &c->text, e);
	if (rc != RC_OK) {
		e->why = e->why == WHY_SYSTEM ? WHY_USAGE : e->why;
		return rc;
	}
	rc = json_parse(buf_span(&c->text), "it", &c->root, e);
	if (rc == RC_OK)
		rc = read_parts(c, folder, e);
	if (rc == RC_OK)
		rc = manifest_digest_check(c->root, buf_span(&c->text), e);
	c->digest = json_text(c->root, "digest");
	return rc;
}

enum rc
collection_open(struct collection **cp, const char *path, struct err *e)
{
	struct collection *const c = calloc(1, sizeof(*c));
	char why[ERR_TEXT_MAX];

	*cp = NULL;
	if (c == NULL)
		return err_nomem(e);
	c->dirfd = -1;
	buf_init(&c->text, MAXIMUM_MANIFEST);
	const enum rc rc = read_file(c, path, e);
	if (rc == RC_OK) {
		*cp = c;
		return rc;
	}
	const bool other = e->why == WHY_CORRUPT && c->root == NULL;
	collection_close(c);
	memcpy(why, e->text, sizeof(why));
	return err_set(e, e->rc, e->why, "%.200s%s: %.250s", path,
	    other ? " is neither a staging directory nor a collection of "
		    "evtxstage merge-check"
		  : "",
	    why);
}

void
collection_close(struct collection *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		free(c->parts[i].path);
	free(c->parts);
	free(c->name);
	json_free(c->root);
	buf_reset(&c->text);
	if (c->dirfd != -1)
		(void)close(c->dirfd);
	free(c);
}

/* --- contents ------------------------------------------------------------- */

const char *
collection_digest(const struct collection *c)
{
	return c->digest;
}

size_t
collection_stagings(const struct collection *c)
{
	return c->n;
}

const char *
collection_staging(const struct collection *c, size_t i)
{
	return c->parts[i].path;
}

enum rc
collection_check_signature(
    const struct collection *c, const struct sign_key *key, struct err *e)
{
	struct buf signature;
	struct err why;
	char *name = NULL;

	if (asprintf(&name, "%s.sig", c->name) == -1)
		return err_nomem(e);
	buf_init(&signature, MAXIMUM_MANIFEST);
	enum rc rc = io_slurp(c->dirfd, name, &signature, &why);
	if (rc != RC_OK)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not signed: %s does not exist or is not readable",
		    c->name, name);
	else if (sign_check(key, buf_span(&c->text), buf_span(&signature),
		     &why) != RC_OK)
		rc = err_set(
		    e, why.rc, why.why, "%s: %.300s", c->name, why.text);
	buf_reset(&signature);
	free(name);
	return rc;
}

enum rc
collection_check(
    const struct collection *c, size_t i, const struct reader *r, struct err *e)
{
	const char *const digest = json_text(reader_manifest(r), "digest");
	const char *const wanted = c->parts[i].digest;

	if (digest != NULL && strcmp(digest, wanted) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%.200s is not the staging of the collection: its manifest is "
	    "%.16s..., the collection says %.16s...; run merge-check again",
	    reader_dir(r), digest == NULL ? "without digest" : digest, wanted);
}

/* Open the skip list of a staging. *lp is NULL if no rows are skipped. */
static enum rc
open_skip_list(
    const struct collection *c, size_t i, struct skip_list **lp, struct err *e)
{
	const struct part *const p = &c->parts[i];

	*lp = NULL;
	if (p->skip_name == NULL)
		return RC_OK;
	return skip_list_open(c->dirfd, p->skip_name, &p->skip, lp, e);
}

enum rc
collection_check_skips(const struct collection *c, size_t i, struct err *e)
{
	struct skip_list *list;
	const enum rc rc = open_skip_list(c, i, &list, e);

	skip_list_close(list);
	return rc;
}

enum rc
collection_skip(
    const struct collection *c, size_t i, struct reader *r, struct err *e)
{
	struct skip_list *list;
	const enum rc rc = open_skip_list(c, i, &list, e);

	return rc == RC_OK && list != NULL ? reader_skip(r, list, e) : rc;
}
