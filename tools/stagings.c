/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "input/file_type.h"
#include "input/source_name.h"
#include "shards/collection.h"
#include "tools/cli.h"
#include "tools/stage_report.h"
#include "tools/stagings.h"
#include "util/json.h"

#define PROGRAM "evtxstage"

/* Maximum number of stagings for which the temporary files that are opened in
 * advance suffice. */
#define STAGINGS_PREPARED 4

static enum rc
add_path(struct stagings *s, const char *path, size_t n, struct err *e)
{
	if (s->n_paths == s->cap_paths) {
		const size_t cap = s->cap_paths * 2 + 16;
		char **const more = realloc(s->paths, cap * sizeof(*more));
		if (more == NULL)
			return err_nomem(e);
		s->paths = more;
		s->cap_paths = cap;
	}
	s->paths[s->n_paths] = strndup(path, n);
	return s->paths[s->n_paths++] == NULL ? err_nomem(e) : RC_OK;
}

/* Extend the common folder of the sources so that it contains a file. A
 * relative path with ".." may lead anywhere, so its common folder is the root.
 */
static enum rc
add_common(struct stagings *s, const char *path, size_t n, struct err *e)
{
	const bool anywhere = path[0] != '/' && strstr(path, "..") != NULL;
	const char *const from = anywhere ? "/" : path;
	size_t folder = anywhere ? 1 : n;
	char **const common =
	    &s->common[from[0] == '/' ? STAGINGS_ABSOLUTE : STAGINGS_RELATIVE];

	if (*common != NULL) {
		size_t same = 0;
		size_t end = 0;
		for (; same < folder && (*common)[same] == from[same]; same++)
			end = from[same] == '/' ? same + 1 : end;
		if (same < folder && from[same] == '/' &&
		    (*common)[same] == '\0')
			end = same;
		(*common)[end] = '\0';
		return RC_OK;
	}
	while (folder > 0 && from[folder - 1] != '/')
		folder--;
	*common = strndup(from, folder);
	return *common == NULL ? err_nomem(e) : RC_OK;
}

/* Add a file of a source; an archive is added once. */
static enum rc
add_file(struct stagings *s, const char *path, size_t n, struct err *e)
{
	const char *const last =
	    s->n_paths == 0 ? "" : s->paths[s->n_paths - 1];

	if (strlen(last) == n && memcmp(last, path, n) == 0)
		return RC_OK;
	if (add_common(s, path, n, e) != RC_OK)
		return e->rc;
	if (!s->many && s->n_files == STAGINGS_FILES_MAX)
		s->many = true;
	if (s->many)
		return RC_OK;
	s->n_files++;
	return add_path(s, path, n, e);
}

/* Add the file of a line of sources.ndjson, unless the file is missing. */
static enum rc
add_source(void *arg, const struct scan_line *line, struct err *e)
{
	struct cJSON *o = NULL;
	struct err away;

	enum rc rc = json_parse(line->text, "sources.ndjson", &o, e);
	const char *const name = json_text(o, "name");
	size_t n = name == NULL ? 0 : source_name_file(name, &away);
	/* A file that cannot be examined now may be readable later. */
	if (name != NULL && n == 0 && away.sys != ENOENT &&
	    away.sys != ENOTDIR) {
		const char *const inside = strstr(name, "!/");
		n = inside == NULL ? strlen(name) : (size_t)(inside - name);
	}
	if (rc == RC_OK && n != 0) {
		struct stagings *const s = arg;
		s->packed = s->packed || name[n] != '\0';
		s->archives = s->archives || name[n] != '\0' ||
			      !file_type_is_log_name(name);
		rc = add_file(s, name, n, e);
	}
	json_free(o);
	return rc;
}

/* Add the files of all sources. A damaged sources.ndjson is reported by the
 * command, not here. */
static enum rc
add_sources(struct stagings *s, const struct reader *r, struct err *e)
{
	const struct scan_visit visit = { add_source, s };
	struct err why;

	if (json_get(reader_manifest(r), SIDECAR_SOURCES) == NULL)
		return RC_OK;
	const enum rc rc = reader_sidecar(r, SIDECAR_SOURCES, &visit, &why);
	if (rc == RC_OK || (why.why != WHY_MEMORY && why.why != WHY_SYSTEM))
		return RC_OK;
	*e = why;
	e->rc = RC_FATAL;
	return RC_FATAL;
}

static void
report(const struct stagings *s, int *status, const struct err *e)
{
	*status = cli_worse(*status, stage_report_failure(s->o, e));
}

/* Make room for n more stagings. */
static enum rc
reserve(struct stagings *s, size_t n, struct err *e)
{
	struct reader **const readers =
	    realloc(s->readers, (s->n + n) * sizeof(*readers));

	if (readers != NULL)
		s->readers = readers;
	bool *const proven = realloc(s->proven, (s->n + n) * sizeof(*proven));
	if (proven != NULL)
		s->proven = proven;
	return readers == NULL || proven == NULL ? err_nomem(e) : RC_OK;
}

/* The place of a staging in a collection. */
struct member {
	/* Collection that contains the staging; NULL: it was given by itself.
	 */
	const struct collection *of;
	size_t number;
};

static enum rc
open_staging(struct stagings *s, const char *dir, const struct member *m,
    int *status, struct err *e)
{
	struct reader *r = NULL;
	enum rc rc = reader_open(dir, &r, e);

	if (rc == RC_OK && m->of != NULL)
		rc = collection_check(m->of, m->number, r, e);
	if (rc != RC_OK) {
		report(s, status, e);
		reader_close(r);
		return RC_OK;
	}
	s->proven[s->n] = m->of != NULL && s->key != NULL;
	s->readers[s->n++] = r;
	rc = add_path(s, dir, strlen(dir), e);
	return rc == RC_OK ? add_sources(s, r, e) : rc;
}

static enum rc
open_collection(
    struct stagings *s, const char *path, int *status, struct err *e)
{
	struct collection *c = NULL;

	enum rc rc = collection_open(&c, path, e);
	if (rc == RC_OK && s->key != NULL)
		rc = collection_check_signature(c, s->key, e);
	if (rc != RC_OK) {
		report(s, status, e);
		collection_close(c);
		return RC_OK;
	}
	rc = reserve(s, collection_stagings(c), e);
	for (size_t i = 0; rc == RC_OK && i < collection_stagings(c); i++) {
		rc = open_staging(s, collection_staging(c, i),
		    &(struct member){ c, i }, status, e);
		if (rc == RC_OK && s->o->given.command == COMMAND_VERIFY &&
		    collection_check_skips(c, i, e) != RC_OK)
			report(s, status, e);
	}
	collection_close(c);
	return rc;
}

static enum rc
open_operand(struct stagings *s, const char *path, int *status, struct err *e)
{
	const struct member alone = { NULL, 0 };
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return open_collection(s, path, status, e);
	const enum rc rc = reserve(s, 1, e);
	return rc == RC_OK ? open_staging(s, path, &alone, status, e) : rc;
}

static enum rc
enter_sandbox(struct stage_options *o, struct stagings *s, struct err *e)
{
	const bool many = s->packed || s->n > STAGINGS_PREPARED;
	const struct stage_sandbox inside = {
		.mode = o->sandbox,
		.reads = s->paths,
		.n_reads = s->n_paths,
		.writes = { stage_sandbox_temporary(&s->scratch, many) },
	};

	const enum rc rc =
	    s->archives ? stage_inputs_read_archives(&o->in, e) : RC_OK;
	return rc == RC_OK ? stage_sandbox_enter_and_warn(&inside, o->quiet, e)
			   : rc;
}

enum rc
stagings_open(
    struct stagings *s, struct stage_options *o, int *status, struct err *e)
{
	enum rc rc = RC_OK;

	s->o = o;
	s->scratch.dir = stage_sandbox_scratch();
	for (size_t i = 0; rc == RC_OK && i < o->n_inputs; i++)
		rc = open_operand(s, o->inputs[i], status, e);
	for (int i = 0; s->many && rc == RC_OK && i < STAGINGS_KINDS; i++) {
		const char *const folder = s->common[i];
		if (folder == NULL)
			continue;
		rc = folder[0] == '\0' ? add_path(s, ".", 1, e)
				       : add_path(s, folder, strlen(folder), e);
	}
	return rc == RC_OK ? enter_sandbox(o, s, e) : rc;
}

void
stagings_free(struct stagings *s)
{
	for (size_t i = 0; i < s->n; i++)
		reader_close(s->readers[i]);
	for (size_t i = 0; i < s->n_paths; i++)
		free(s->paths[i]);
	for (int i = 0; i < STAGINGS_KINDS; i++)
		free(s->common[i]);
	free(s->readers);
	free(s->proven);
	free(s->paths);
	scratch_close(&s->scratch);
}

struct spool
stagings_spool(struct stagings *s)
{
	return (struct spool){
		.dirfd = -1, .scratch = &s->scratch, .max = s->o->in.spool_bytes
	};
}
