/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tools/cli.h"
#include "tools/stagings.h"
#include "util/json.h"

#define PROGRAM "evtxstage"

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

/* Of what is in an archive, it is named once; what is away needs no path. */
static enum rc
add_sources(struct stagings *s, const struct reader *r, struct err *e)
{
	const struct cJSON *const list =
	    json_get(reader_manifest(r), "sources");
	enum rc rc = RC_OK;

	for (const struct cJSON *v = json_first(list); rc == RC_OK && v != NULL;
	     v = json_next(v)) {
		const char *const name = json_text(v, "name");
		struct err away;
		const size_t n = name == NULL ? 0 : evidence_file(name, &away);
		const char *const last =
		    s->n_paths == 0 ? "" : s->paths[s->n_paths - 1];
		if (n != 0 && (strlen(last) != n || memcmp(last, name, n) != 0))
			rc = add_path(s, name, n, e);
	}
	return rc;
}

static enum rc
open_staging(struct stagings *s, const char *dir, int *status, struct err *e)
{
	struct reader *r = NULL;

	if (reader_open(dir, &r, e) != RC_OK) {
		cli_say(PROGRAM, "%s", e->text);
		*status = cli_worse(*status, cli_exit_of(e));
		reader_close(r);
		return RC_OK;
	}
	s->readers[s->n++] = r;
	const enum rc rc = add_path(s, dir, strlen(dir), e);
	return rc == RC_OK ? add_sources(s, r, e) : rc;
}

static enum rc
enter_sandbox(
    const struct stage_options *o, const struct stagings *s, struct err *e)
{
	const struct stage_sandbox inside = {
		.mode = o->sandbox,
		.reads = s->paths,
		.n_reads = s->n_paths,
		.writes = { stage_sandbox_scratch() },
	};
	struct sandbox_level level;

	const enum rc rc = stage_sandbox_enter(&inside, &level, e);
	if (rc == RC_OK && !o->quiet && level.lacks[0] != '\0')
		cli_say(PROGRAM, "the sandbox is not whole: %s", level.lacks);
	return rc;
}

enum rc
stagings_open(struct stagings *s, const struct stage_options *o, int *status,
    struct err *e)
{
	enum rc rc = RC_OK;

	s->readers = calloc(o->n_inputs, sizeof(*s->readers));
	if (s->readers == NULL)
		return err_nomem(e);
	for (size_t i = 0; rc == RC_OK && i < o->n_inputs; i++)
		rc = open_staging(s, o->inputs[i], status, e);
	return rc == RC_OK ? enter_sandbox(o, s, e) : rc;
}

void
stagings_free(struct stagings *s)
{
	for (size_t i = 0; i < s->n; i++)
		reader_close(s->readers[i]);
	for (size_t i = 0; i < s->n_paths; i++)
		free(s->paths[i]);
	free(s->readers);
	free(s->paths);
}

struct nested_spool
stagings_spool(const struct stage_options *o)
{
	return (struct nested_spool){ .dirfd = -1,
		.dir = stage_sandbox_scratch(),
		.max = o->in.spool_bytes };
}
