/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a sidecar (stage/sidecar.h). The file is written in state/ and moved
 * to the staging directory at the end. Used by stage/writer.c.
 */
#ifndef STAGE_SIDECAR_WRITER_H
#define STAGE_SIDECAR_WRITER_H

#include "stage/manifest.h"
#include "stage/staging_dir.h"
#include "util/buf.h"
#include "util/span.h"
#include "util/state_codec.h"

struct sidecar_writer {
	const char *name;   /* file name; a string constant */
	int fd;             /* descriptor of the file; -1: no file is written */
	struct buf waiting; /* lines that are not written to the file yet */
	struct digest *digest;
	/* Size and number of lines so far; the digest is set at the end. */
	struct sidecar sum;
	struct digest_state state; /* state of `digest` in a checkpoint */
};

/* Initialize the writer without opening a file. The caller must close it also
 * after a failure. */
enum rc sidecar_writer_init(
    struct sidecar_writer *r, const char *name, struct err *e);
void sidecar_writer_close(struct sidecar_writer *r);

/* Create an empty file. A file that a killed run left is replaced. */
enum rc sidecar_writer_create(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e);

/* Create a file that starts with the lines of the sidecar of a finished
 * directory, which `had` describes. Further lines in that sidecar were written
 * by a killed run and are ignored. WHY_TAMPERED: the sidecar does not match
 * `had`. */
enum rc sidecar_writer_append_to(struct sidecar_writer *r,
    const struct staging_dir *f, const struct sidecar *had, struct err *e);

/* Append whole lines. They may be written to the file later, with other lines,
 * at the latest by sidecar_writer_write_state() or sidecar_writer_publish(). */
enum rc sidecar_writer_add(
    struct sidecar_writer *r, struct span lines, struct err *e);

/* Sync the file and write the state that a checkpoint needs to continue it. */
enum rc sidecar_writer_write_state(
    struct sidecar_writer *r, struct state_writer *w, struct err *e);
void sidecar_writer_read_state(
    struct sidecar_writer *r, struct state_reader *s);

/* Open the file again and truncate it to its length at the checkpoint.
 * `appends`: see struct staging_dir_file. */
enum rc sidecar_writer_resume(struct sidecar_writer *r,
    const struct staging_dir *f, bool appends, struct err *e);

/* Sync the file, move it to its place and compute its digest. */
enum rc sidecar_writer_publish(
    struct sidecar_writer *r, const struct staging_dir *f, struct err *e);

#endif
