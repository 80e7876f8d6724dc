/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in state/ with the RecordKeys of a run's lines and the digests of
 * their rows, in the order of the lines. A resumed run fills its set of keys
 * from this file. Each checkpoint contains its length and SHA-256.
 */
#ifndef CONVERT_KEY_JOURNAL_H
#define CONVERT_KEY_JOURNAL_H

#include "util/keyset.h"
#include "util/state_codec.h"

struct key_journal;

/* The file is `keys` in the folder dirfd. It is created with the first key. */
enum rc key_journal_create(struct key_journal **kp, int dirfd, struct err *e);
void key_journal_destroy(struct key_journal *k); /* takes NULL */

enum rc key_journal_add(
    struct key_journal *k, const struct key_entry *entry, struct err *e);

/* For checkpoints. Writing syncs the file to disk. Reading truncates the file
 * to its length at the checkpoint and adds its keys to `seen`; WHY_TAMPERED if
 * it has changed. */
enum rc key_journal_write_state(
    struct key_journal *k, struct state_writer *w, struct err *e);
enum rc key_journal_read_state(struct key_journal *k, struct keyset *seen,
    struct state_reader *r, struct err *e);

#endif
