/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of lines beside the segments that is being written (stage/listing.h):
 * in state/, and put in its place at the end. Used by stage/writer.c only.
 */
#ifndef STAGE_REPORT_H
#define STAGE_REPORT_H

#include "stage/folder.h"
#include "stage/manifest.h"
#include "util/save.h"
#include "util/span.h"

struct report {
	const char *name; /* a constant */
	int fd;           /* -1: there is no staging directory */
	struct digest *digest;
	struct listing sum;        /* what it has so far */
	struct digest_state state; /* of a checkpoint */
};

/* Nothing is open yet; report_close() also after a failure. */
enum rc report_init(struct report *r, const char *name, struct err *e);
void report_close(struct report *r);

/* Begin an empty one; what a killed run left of it is removed. */
enum rc report_create(struct report *r, const struct folder *f, struct err *e);

/* Begin with what a finished directory has of it; there may be more, of a run
 * that was killed. WHY_TAMPERED: it is not what its manifest says. */
enum rc report_add_to(struct report *r, const struct folder *f,
    const struct listing *had, struct err *e);

/* Append whole lines. */
enum rc report_add(struct report *r, struct span lines, struct err *e);

/* What a checkpoint says of it; written, it is on the disk. Then go on there:
 * `added`, what has its place may be what was there before the run. */
enum rc report_save(struct report *r, struct save *s, struct err *e);
enum rc report_go_on(
    struct report *r, const struct folder *f, bool added, struct err *e);

/* It has its place, and its digest. */
enum rc report_publish(struct report *r, const struct folder *f, struct err *e);

#endif
