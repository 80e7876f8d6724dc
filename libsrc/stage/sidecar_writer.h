/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of lines beside the segments that is being written (stage/sidecar.h):
 * in state/, and put in its place at the end. Used by stage/writer.c only.
 */
#ifndef STAGE_SIDECAR_WRITER_H
#define STAGE_SIDECAR_WRITER_H

#include "stage/manifest.h"
#include "stage/staging_dir.h"
#include "util/span.h"
#include "util/state_codec.h"

struct sidecar_writer {
	const char *name; /* a constant */
	int fd;           /* -1: there is no staging directory */
	struct digest *digest;
	struct sidecar sum;        /* what it has so far */
	struct digest_state state; /* of a checkpoint */
};

/* Nothing is open yet; sidecar_writer_close() also after a failure. */
enum rc sidecar_writer_init(
    struct sidecar_writer *r, const char *name, struct err *e);
void sidecar_writer_close(struct sidecar_writer *r);

/* Begin an empty one; what a killed run left of it is removed. */
enum rc sidecar_writer_create(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e);

/* Begin with what a finished directory has of it; there may be more, of a run
 * that was killed. WHY_TAMPERED: it is not what its manifest says. */
enum rc sidecar_writer_add_to(struct sidecar_writer *r,
    const struct staging_dir *f, const struct sidecar *had, struct err *e);

/* Append whole lines. */
enum rc sidecar_writer_add(
    struct sidecar_writer *r, struct span lines, struct err *e);

/* What a checkpoint says of it; written, it is on the disk. Then go on there:
 * `added`, what has its place may be what was there before the run. */
enum rc sidecar_writer_write_state(
    struct sidecar_writer *r, struct state_writer *w, struct err *e);
void sidecar_writer_read_state(
    struct sidecar_writer *r, struct state_reader *from);
enum rc sidecar_writer_go_on(struct sidecar_writer *r,
    const struct staging_dir *f, bool added, struct err *e);

/* It has its place, and its digest. */
enum rc sidecar_writer_publish(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e);

#endif
