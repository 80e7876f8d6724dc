/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command info: what logs hold, in one pass over all of their records and
 * without staging them. Bodies of records are not read where the checksums of
 * their chunk hold.
 */
#ifndef TOOLS_STAGE_INFO_H
#define TOOLS_STAGE_INFO_H

#include "tools/stage_report.h"

/* A table, or with --json one object: on standard output, or on standard error
 * where chunks had that. */
enum rc stage_info(const struct stage_report *r, struct err *e);

#endif
