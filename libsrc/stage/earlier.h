/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished staging directory that is added to: its manifest as the beginning
 * of the one to come. What it says of sources and segments stays as it is.
 */
#ifndef STAGE_EARLIER_H
#define STAGE_EARLIER_H

#include "stage/manifest.h"
#include "stage/scan.h"
#include "util/err.h"

/* Read manifest.json in dirfd, and put its counts, its account and its logs
 * into m, and its segments and listings into `list`. WHY_EXISTS: it was made
 * with other options than m is, and e says which; WHY_USAGE: there is no
 * manifest; WHY_CORRUPT, WHY_TAMPERED: it is not what was written. */
enum rc earlier_read(
    int dirfd, struct manifest *m, struct manifest *list, struct err *e);

/* The digest that this manifest carries. */
const char *earlier_digest(const struct manifest *m);

/* Read the lines of a segment that is there. WHY_TAMPERED if it is not what
 * the manifest says. */
enum rc earlier_lines(int dirfd, const struct manifest_segment *segment,
    const struct scan_visit *visit, struct err *e);

#endif
