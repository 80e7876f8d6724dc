/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the manifest of a finished staging directory to which a run adds
 * (--append). The new manifest starts with its sources and segments, unchanged.
 */
#ifndef STAGE_BASE_MANIFEST_H
#define STAGE_BASE_MANIFEST_H

#include "stage/manifest.h"
#include "stage/scan_lines.h"
#include "util/err.h"

/* Read manifest.json in dirfd: its counts into m, its segments and sidecars
 * into `list`. If `logs` is not NULL, visit the lines of its logs.ndjson.
 * WHY_EXISTS: an option, the schema, the event set or the version differs from
 * m, and `e` names it; WHY_USAGE: manifest.json does not exist; WHY_CORRUPT,
 * WHY_TAMPERED: it is not what evtxstage wrote. */
enum rc base_manifest_read(int dirfd, struct manifest *m, struct manifest *list,
    const struct scan_visit *logs, struct err *e);

/* The member `digest` of m->base; "" if there is no base manifest or digest. */
const char *base_manifest_digest(const struct manifest *m);

/* Visit the lines of a segment in the manifest. WHY_TAMPERED: the segment does
 * not match the manifest. */
enum rc base_manifest_lines(int dirfd, const struct manifest_segment *segment,
    const struct scan_visit *visit, struct err *e);

#endif
