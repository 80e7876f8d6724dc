/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan of shards: an NDJSON file that assigns each source to a shard. So
 * shards can be staged on any machine, in any order, and again.
 *
 *   {"format":"evtxstage shards 1","shards":2,"sources":3,"bytes":n,...}
 *   {"name":"a/b.evtx","bytes":n,"head_sha256":"...","shard":0}
 *   ...
 *   {"sha256":"..."}
 *
 * Names are relative to the root and in the order in which a run reads its
 * inputs. head_sha256 is the cheap digest of the source (input/headsum.h); a
 * source that could not be read has `error` instead. The last line contains the
 * digest of all lines before it:
 *   head -n -1 CASE.shards | sha256sum
 */
#ifndef SHARDS_SHARD_PLAN_H
#define SHARDS_SHARD_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

struct cJSON;
struct shard_plan;

#define SHARD_PLAN_FORMAT "evtxstage shards 1"

struct shard_plan_source {
	const char *name;
	uint64_t bytes;
	/* head_sha256 of the source; "": the source could not be read. */
	char sum[DIGEST_HEX];
	size_t inside; /* same meaning as walk_entry.inside */
	uint32_t shard;
};

/* Open a plan and check its digest. WHY_USAGE: the file does not exist or is
 * not a plan; WHY_TAMPERED: it was changed. */
enum rc shard_plan_open(
    struct shard_plan **pp, const char *path, struct err *e);
void shard_plan_close(struct shard_plan *p); /* p may be NULL */

/* Strings are valid until the plan is closed. */
const char *shard_plan_digest(const struct shard_plan *p);
/* Folder that staging enters first (--root of the plan); NULL: the plan has
 * none. */
const char *shard_plan_root(const struct shard_plan *p);
uint32_t shard_plan_shards(const struct shard_plan *p);
const struct cJSON *shard_plan_head(const struct shard_plan *p);

/* Called with each source in turn; the strings are valid during the call. */
struct shard_plan_visit {
	enum rc (*source)(
	    void *arg, const struct shard_plan_source *s, struct err *e);
	void *arg;
};

enum rc shard_plan_read(const struct shard_plan *p,
    const struct shard_plan_visit *visit, struct err *e);

#endif
