/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the inputs of a run, one after the other: logs, archives of logs, and
 * standard input.
 */
#ifndef CONVERT_INTAKE_H
#define CONVERT_INTAKE_H

#include "convert/members.h"

/* Read all inputs, from the one on that a checkpoint was written in. */
enum rc intake_read(struct intake *in, const struct walk *walk, struct err *e);

#endif
