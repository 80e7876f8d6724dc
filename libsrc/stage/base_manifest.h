/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest of a finished staging directory that a run adds to (--append).
 * It is the beginning of the manifest to come: what it says of sources and
 * segments stays as it is.
 */
#ifndef STAGE_BASE_MANIFEST_H
#define STAGE_BASE_MANIFEST_H

#include "stage/manifest.h"
#include "stage/scan_lines.h"
#include "util/err.h"

/* Read manifest.json in dirfd: its counts and its account into m, its segments
 * and sidecars into `list`; and visit the lines of its logs.ndjson unless
 * `logs` is NULL. WHY_EXISTS: it was made with other options than m, and e says
 * which; WHY_USAGE: there is no manifest; WHY_CORRUPT, WHY_TAMPERED: it is not
 * what was written. */
enum rc base_manifest_read(int dirfd, struct manifest *m, struct manifest *list,
    const struct scan_visit *logs, struct err *e);

/* The digest that the base manifest of m carries; "" if there is none. */
const char *base_manifest_digest(const struct manifest *m);

/* Visit the lines of one of its segments. WHY_TAMPERED if the segment is not
 * what the manifest says. */
enum rc base_manifest_lines(int dirfd, const struct manifest_segment *segment,
    const struct scan_visit *visit, struct err *e);

#endif
