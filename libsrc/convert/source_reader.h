/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one log after the other into jobs: each to its end, or as far as it can
 * be read. A copy of a log that was read before is only listed. Between two
 * jobs a checkpoint may be written.
 */
#ifndef CONVERT_SOURCE_READER_H
#define CONVERT_SOURCE_READER_H

#include "convert/checkpoint.h"
#include "convert/dispatch.h"
#include "convert/duplicate_sources.h"
#include "convert/progress.h"
#include "convert/source_channel.h"
#include "convert/source_status.h"
#include "convert/sources.h"

struct unpack;

/* Borrowed. */
struct source_reader_options {
	const struct convert_options *o;
	struct dispatch *dispatch;
	struct sources *sources;
	const struct source_status *status;
	struct digest_thread *digest;         /* NULL: nobody wants one */
	struct duplicate_sources *duplicates; /* NULL: copies are read */
	struct source_channel *channels;      /* NULL: there are no queries */
	struct checkpoint *checkpoint;        /* NULL: there are none */
	struct progress *progress;
	struct intake_state *state;
	int dirfd;      /* for temporary files, or -1 */
	uint64_t first; /* number of the first source */
};

struct source_reader;

enum rc source_reader_create(struct source_reader **rp,
    const struct source_reader_options *o, struct err *e);
void source_reader_destroy(struct source_reader *r); /* takes NULL */

/* The operand or file that the next sources are in, for messages. */
void source_reader_set_input(struct source_reader *r, const char *path);

/* The next sources are in this archive, which counts the bytes that are read
 * for the progress; NULL: they are files. */
void source_reader_set_archive(
    struct source_reader *r, const struct unpack *archive);

/* The digest of that archive, as far as it is known: else "". */
void source_reader_set_archive_digest(
    struct source_reader *r, const char *sha256);

/* Where the bytes of a source come from. */
struct source_item {
	const char *path;            /* of a file */
	const struct stream *stream; /* NULL: the file */
	const char *why;             /* NULL, or why it cannot be read, */
	int sys;                     /* and the errno, or 0 */
	const struct err *failed;    /* the same as a whole message */
};

/* Read a log. The name gets an owner; NULL: there was no memory for it. */
enum rc source_reader_read(struct source_reader *r, char *name,
    const struct source_item *item, struct err *e);

/* A source that cannot be read, or an archive that cannot be read to its end: e
 * says why. */
enum rc source_reader_fail(
    struct source_reader *r, const char *name, struct err *e);

/* An archive without logs: a source without records. */
enum rc source_reader_add_empty(
    struct source_reader *r, const char *name, uint64_t bytes, struct err *e);

/* The name of the source that came last; "": none. */
const char *source_reader_last_name(const struct source_reader *r);

#endif
