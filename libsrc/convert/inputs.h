/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of a run that can be resumed, in state/inputs: written once, with
 * the first checkpoint, so that the next ones cost nothing for them. A run that
 * is resumed must have the same inputs.
 */
#ifndef CONVERT_INPUTS_H
#define CONVERT_INPUTS_H

#include "input/walk.h"
#include "util/state_codec.h"

struct inputs;

/* The walk is borrowed. */
enum rc inputs_create(
    struct inputs **ip, const struct walk *w, int dirfd, struct err *e);
void inputs_destroy(struct inputs *i); /* takes NULL */

/* Checkpoints. Writing: the file is on the disk. Reading: WHY_EXISTS if the
 * inputs differ now, WHY_TAMPERED if the file is not what was written. */
enum rc inputs_write_state(
    struct inputs *i, struct state_writer *w, struct err *e);
enum rc inputs_read_state(
    struct inputs *i, struct state_reader *r, struct err *e);

/* After reading: an input has another inode or other times. Its name and its
 * size are the same. */
bool inputs_moved(const struct inputs *i);

#endif
