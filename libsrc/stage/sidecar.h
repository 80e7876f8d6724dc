/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of lines beside manifest.json: sources.ndjson, logs.ndjson,
 * chunks.ndjson and damage.ndjson. The manifest says of each
 *
 *   "sources":{"name":"sources.ndjson","sha256":"...","bytes":n,"lines":n}
 *
 * and that is all that a reader trusts: it reads so many bytes and no more, and
 * what it read counts once the digest was compared.
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
	char name[SIDECAR_NAME]; /* sources.ndjson */
	char sha256[DIGEST_HEX];
	uint64_t bytes;
	uint64_t lines;
};

/* The name of the file of a listing. */
void sidecar_name(const char *which, char name[SIDECAR_NAME]);

/* What the manifest says of a listing; WHY_CORRUPT if it says nothing that
 * makes sense. */
enum rc sidecar_read(const struct cJSON *manifest, const char *which,
    struct sidecar *l, struct err *e);
/* Add that to a manifest. */
void sidecar_add(
    struct cJSON *manifest, const char *which, const struct sidecar *l);

/* Visit the lines, as scan_lines() does, and compare the digest. WHY_TAMPERED:
 * the file is not what was staged. It may have more bytes if an --append was
 * interrupted: *more says so, unless it is NULL. */
enum rc sidecar_scan(int dirfd, const struct sidecar *l,
    const struct scan_visit *visit, bool *more, struct err *e);

#endif
