/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished staging directory that is added to: its manifest as the beginning
 * of the one to come. What it says of sources and segments stays as it is.
 */
#ifndef STAGE_BASE_MANIFEST_H
#define STAGE_BASE_MANIFEST_H

#include "stage/manifest.h"
#include "stage/scan_lines.h"
#include "util/err.h"

/* Read manifest.json in dirfd, and put its counts and its account into m, and
 * its segments and sidecars into `list`; visit the lines of its logs.ndjson
 * unless `logs` is NULL. WHY_EXISTS: it was made
 * with other options than m is, and e says which; WHY_USAGE: there is no
 * manifest; WHY_CORRUPT, WHY_TAMPERED: it is not what was written. */
enum rc base_manifest_read(int dirfd, struct manifest *m, struct manifest *list,
    const struct scan_visit *logs, struct err *e);

/* The digest that this manifest carries. */
const char *base_manifest_digest(const struct manifest *m);

/* Read the lines of a segment that is there. WHY_TAMPERED if it is not what
 * the manifest says. */
enum rc base_manifest_lines(int dirfd, const struct manifest_segment *segment,
    const struct scan_visit *visit, struct err *e);

#endif
