/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/job.h"

/* Maximum memory for damage lines that an idle job keeps, in bytes. */
#define DAMAGE_KEPT_MAX ((size_t)1 << 20)

static void
init_results(struct job *j)
{
	lines_init(&j->out, JOB_LINES_MAX);
	buf_init(&j->damage, JOB_DAMAGE_MAX);
}

static void
free_results(struct job *j)
{
	lines_free(&j->out);
	buf_reset(&j->damage);
	free(j->deferred);
}

enum rc
job_init(struct job *j, struct err *e)
{
	memset(j, 0, sizeof(*j));
	init_results(j);
	/* read() copies to the start of a page three times as fast as to 16
	 * bytes behind it (measured on Zen). */
	j->bytes = aligned_alloc(JOB_PAGE, JOB_ROOM);
	return j->bytes == NULL ? err_nomem(e) : RC_OK;
}

void
job_free(struct job *j)
{
	free(j->bytes);
	free_results(j);
	for (size_t i = 0; j->others != NULL && i < JOB_GROUP_MAX - 1; i++)
		free_results(&j->others[i]);
	free(j->others);
}

enum rc
job_other(struct job *j, size_t i, struct job **other, struct err *e)
{
	if (j->others == NULL) {
		j->others = calloc(JOB_GROUP_MAX - 1, sizeof(*j->others));
		if (j->others == NULL)
			return err_nomem(e);
		for (size_t k = 0; k < JOB_GROUP_MAX - 1; k++)
			init_results(&j->others[k]);
	}
	*other = &j->others[i];
	(*other)->first = j;
	return RC_OK;
}

void
job_clear(struct job *j)
{
	lines_clear(&j->out);
	buf_cut(&j->damage, 0);
	if (j->templates == NULL)
		j->n_deferred = 0;
	j->failed = false;
}

void
job_trim(struct job *j)
{
	lines_trim(&j->out);
	if (j->damage.cap > DAMAGE_KEPT_MAX)
		buf_reset(&j->damage);
}

void
job_fail(struct job *j, const struct err *e)
{
	if (!j->failed)
		j->err = *e;
	j->failed = true;
}

void
job_report_damage(struct job *j, struct damage *d, const char *reason)
{
	d->source = j->name;
	d->offset += j->offset;
	damage_put(&j->damage, d, reason);
}

void
job_defer(struct job *j, const struct job_deferred *one)
{
	if (j->n_deferred == j->cap_deferred) {
		const size_t cap =
		    j->cap_deferred == 0 ? 64 : j->cap_deferred * 2;
		struct job_deferred *const p =
		    realloc(j->deferred, cap * sizeof(*p));
		if (p == NULL) {
			struct err e;
			(void)err_nomem(&e);
			job_fail(j, &e);
			return;
		}
		j->deferred = p;
		j->cap_deferred = cap;
	}
	j->deferred[j->n_deferred++] = *one;
}

struct provenance
job_provenance(
    const struct job *j, const struct chunk_piece *cut, const struct chunk *c)
{
	const uint64_t offset = j->offset + cut->at;

	return (struct provenance){
		.sha256 = j->sha256,
		.name = j->name,
		.chunk = damage_chunk(offset),
		.offset = offset,
		.crc_ok = chunk_checksums_hold(c) && cut->n == CHUNK_BYTES,
	};
}
