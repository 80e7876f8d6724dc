/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files in state/ that grow during a run and of which a checkpoint knows the
 * length.
 */
#ifndef CONVERT_STATE_FILE_H
#define CONVERT_STATE_FILE_H

#include "util/err.h"

/* Create the file. One that a killed run has left without a checkpoint is
 * removed. */
enum rc state_file_create(int dirfd, const char *name, int *fd, struct err *e);

/* Open the file that a checkpoint knows. */
enum rc state_file_open(int dirfd, const char *name, int *fd, struct err *e);

#endif
