/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sidecar files of manifest.json: sources.ndjson, logs.ndjson,
 * chunks.ndjson and damage.ndjson. The manifest describes each in this way:
 *
 *   "sources":{"name":"sources.ndjson","sha256":"...","bytes":n,"lines":n}
 *
 * A reader reads `bytes` bytes and may use them only when the digest matches.
 */
#ifndef STAGE_SIDECAR_H
#define STAGE_SIDECAR_H

#include "stage/scan_lines.h"

struct cJSON;

#define SIDECAR_SOURCES "sources"
#define SIDECAR_LOGS "logs"
#define SIDECAR_CHUNKS "chunks"
#define SIDECAR_DAMAGE "damage"

#define SIDECAR_NAME 32

struct sidecar {
	char name[SIDECAR_NAME]; /* file name, for example sources.ndjson */
	char sha256[DIGEST_HEX];
	uint64_t bytes;
	uint64_t lines;
};

/* Make the file name of a sidecar. */
void sidecar_name(const char *which, char name[SIDECAR_NAME]);

/* Read the description of a sidecar in a manifest. WHY_CORRUPT: it is not
 * valid.
 */
enum rc sidecar_read(const struct cJSON *manifest, const char *which,
    struct sidecar *l, struct err *e);
/* Add the description of a sidecar to a manifest. */
void sidecar_add(
    struct cJSON *manifest, const char *which, const struct sidecar *l);

/* Visit the lines and compare the digest. WHY_TAMPERED: the file is not what
 * was staged. If `more` is not NULL, *more is true if the file has further
 * bytes; this is so after an interrupted run with --append. */
enum rc sidecar_scan(int dirfd, const struct sidecar *l,
    const struct scan_visit *visit, bool *more, struct err *e);

#endif
