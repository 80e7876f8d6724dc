/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the planned batches of a session to a remote target, with several
 * requests open at once.
 *
 * One thread runs the loop: what is recorded and what is sent cannot race.
 */
#ifndef LOAD_UPLOAD_H
#define LOAD_UPLOAD_H

#include "load/session.h"

/* Send the batches. Errors are those of load_push(). */
enum rc upload_run(struct session *s, struct err *e);

#endif
