/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RecordKeys of a run as a file of its unfinished work, one behind the
 * other, so that a killed run knows them when it goes on. They are written as
 * they come and on the disk with each checkpoint, which says how many there are
 * and their digest.
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
    struct keylog *k, const struct keyset_key *key, struct err *e);

/* A checkpoint: all keys so far are on the disk. Reading it: the file is what
 * it was then, and its keys are put into the set. WHY_TAMPERED if they are not
 * what they were. */
enum rc keylog_save(
    struct keylog *k, struct keyset *seen, struct save *s, struct err *e);

#endif
