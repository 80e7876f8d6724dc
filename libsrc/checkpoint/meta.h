/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named values of a checkpoint as a whole: the version of its layout, its
 * target, the version of its RecordKeys, and the pause that the target asked
 * for.
 */
#ifndef CHECKPOINT_META_H
#define CHECKPOINT_META_H

#include <stdint.h>

#include "util/err.h"

struct checkpoint;
struct checkpoint_place;
struct sqlite3;

/* Store the version of the layout and the target of a new checkpoint. */
enum rc meta_init(struct sqlite3 *db, const char *target, struct err *e);

/* WHY_USAGE if this program does not support the version of the layout. */
enum rc meta_check_version(
    struct checkpoint *c, const struct checkpoint_place *place, struct err *e);

/* WHY_USAGE if the checkpoint belongs to a target other than place->target,
 * unless that target cannot have received anything: then place->target replaces
 * it. */
enum rc meta_check_target(
    struct checkpoint *c, const struct checkpoint_place *place, struct err *e);

/* Call visit() with the name of the target. */
enum rc meta_visit_target(struct checkpoint *c,
    enum rc (*visit)(void *arg, const char *name), void *arg, struct err *e);

/* All rows of a target's database must have RecordKeys of one version: store
 * the first version, refuse another with WHY_USAGE. Version 0 is unknown and
 * accepted. */
enum rc meta_check_key_version(
    struct checkpoint *c, uint64_t version, struct err *e);

/* A checkpoint belongs to one part of the segments, "I/N", or to all (""):
 * store the first part, refuse another with WHY_USAGE. */
enum rc meta_check_part(struct checkpoint *c, const char *part, struct err *e);

/* The time before which the target asked for no requests, in seconds since
 * 1970; 0 if it did not ask. */
enum rc meta_set_pause(struct checkpoint *c, int64_t until, struct err *e);
enum rc meta_get_pause(struct checkpoint *c, int64_t *until, struct err *e);

#endif
