/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RecordKeys of a run's lines, and the digests of their rows, in the order
 * of the lines: a file in state/ from which a resumed run fills its set again.
 * It is written as lines come and synced with each checkpoint, which has its
 * length and SHA-256.
 */
#ifndef CONVERT_KEYLOG_H
#define CONVERT_KEYLOG_H

#include "util/keyset.h"
#include "util/save.h"

struct keylog;

/* The file is `keys` below dirfd, made with the first key. */
enum rc keylog_create(struct keylog **kp, int dirfd, struct err *e);
void keylog_destroy(struct keylog *k); /* takes NULL */

enum rc keylog_add(
    struct keylog *k, const struct key_entry *entry, struct err *e);

/* Writing a checkpoint: all keys so far are on disk. Reading it: the file is
 * cut to what it was then, and its keys are added to the set; WHY_TAMPERED if
 * it has changed. */
enum rc keylog_save(
    struct keylog *k, struct keyset *seen, struct save *s, struct err *e);

#endif
