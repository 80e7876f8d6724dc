/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of inputs of a run that can be resumed, in state/inputs. It is
 * written once, with the first checkpoint, so that later checkpoints need not
 * write it. A run that is resumed must have the same inputs.
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

/* For checkpoints. Writing syncs the file to disk. Reading: WHY_EXISTS if the
 * inputs differ now, WHY_TAMPERED if the file has changed since it was written.
 */
enum rc inputs_write_state(
    struct inputs *i, struct state_writer *w, struct err *e);
enum rc inputs_read_state(
    struct inputs *i, struct state_reader *r, struct err *e);

/* True if inputs_read_state() found an input with another inode or other times,
 * but the same name and size. */
bool inputs_moved(const struct inputs *i);

#endif
