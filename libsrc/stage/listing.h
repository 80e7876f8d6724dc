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
#ifndef STAGE_LISTING_H
#define STAGE_LISTING_H

#include "stage/scan.h"

struct cJSON;

#define LISTING_SOURCES "sources"
#define LISTING_LOGS "logs"
#define LISTING_CHUNKS "chunks"
#define LISTING_DAMAGE "damage"

struct listing {
	char name[32]; /* sources.ndjson */
	char sha256[DIGEST_HEX];
	uint64_t bytes;
	uint64_t lines;
};

/* The name of the file of a listing. */
void listing_name(const char *which, char name[32]);

/* What the manifest says of a listing; WHY_CORRUPT if it says nothing that
 * makes sense. */
enum rc listing_read(const struct cJSON *manifest, const char *which,
    struct listing *l, struct err *e);
/* Add that to a manifest. */
void listing_add(
    struct cJSON *manifest, const char *which, const struct listing *l);

/* Visit the lines, as scan_file() does, and compare the digest. WHY_TAMPERED:
 * the file is not what was staged. It may have more bytes if an --append was
 * interrupted: *more says so, unless it is NULL. */
enum rc listing_scan(int dirfd, const struct listing *l,
    const struct scan_visit *visit, bool *more, struct err *e);

#endif
