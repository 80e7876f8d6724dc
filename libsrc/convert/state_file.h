/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens files in state/ that grow during a run. Checkpoints contain their
 * lengths.
 */
#ifndef CONVERT_STATE_FILE_H
#define CONVERT_STATE_FILE_H

#include "util/err.h"

/* Create the file. A file that a killed run has left without a checkpoint is
 * removed first. */
enum rc state_file_create(int dirfd, const char *name, int *fd, struct err *e);

/* Open a file whose length a checkpoint contains. */
enum rc state_file_open(int dirfd, const char *name, int *fd, struct err *e);

#endif
