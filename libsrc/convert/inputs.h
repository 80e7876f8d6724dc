/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of a run that can be resumed, in state/inputs: written once, with
 * the first checkpoint, so that the next ones cost nothing for them. A run that
 * is resumed must have the same inputs.
 */
#ifndef CONVERT_INPUTS_H
#define CONVERT_INPUTS_H

#include "input/walk.h"
#include "util/save.h"

struct inputs;

/* The walk is borrowed. */
enum rc inputs_create(
    struct inputs **ip, const struct walk *w, int dirfd, struct err *e);
void inputs_destroy(struct inputs *i); /* takes NULL */

/* A checkpoint: the file is on the disk. Reading it: WHY_EXISTS if the inputs
 * are others now, WHY_TAMPERED if the file is not what was written. */
enum rc inputs_save(struct inputs *i, struct save *s, struct err *e);

/* After reading it: an input has another inode or other times. Its name and its
 * size are the same. */
bool inputs_moved(const struct inputs *i);

#endif
