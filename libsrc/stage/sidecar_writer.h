/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a sidecar (stage/sidecar.h): in state/ first, and moved to its place
 * at the end. Used by stage/writer.c.
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
	struct sidecar sum;        /* what was written so far */
	struct digest_state state; /* of the checkpoint */
};

/* Opens no file; close also after a failure. */
enum rc sidecar_writer_init(
    struct sidecar_writer *r, const char *name, struct err *e);
void sidecar_writer_close(struct sidecar_writer *r);

/* Create an empty file, in place of one that a killed run left. */
enum rc sidecar_writer_create(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e);

/* Create a file that begins with the lines of a finished directory, `had`.
 * Lines after them are of a run that was killed, and ignored. WHY_TAMPERED: the
 * file is not what its manifest says. */
enum rc sidecar_writer_append_to(struct sidecar_writer *r,
    const struct staging_dir *f, const struct sidecar *had, struct err *e);

/* Append whole lines. */
enum rc sidecar_writer_add(
    struct sidecar_writer *r, struct span lines, struct err *e);

/* Sync the file and write what a checkpoint needs to resume it. */
enum rc sidecar_writer_write_state(
    struct sidecar_writer *r, struct state_writer *w, struct err *e);
void sidecar_writer_read_state(
    struct sidecar_writer *r, struct state_reader *s);

/* Open the file again and truncate it to what the checkpoint says. `appends`:
 * see struct staging_dir_file. */
enum rc sidecar_writer_resume(struct sidecar_writer *r,
    const struct staging_dir *f, bool appends, struct err *e);

/* Sync the file, move it to its place and compute its digest. */
enum rc sidecar_writer_publish(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e);

#endif
