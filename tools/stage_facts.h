/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the manifest that describe a run: the options that rows depend
 * on, and the block `run` with time, host and user.
 */
#ifndef TOOLS_STAGE_FACTS_H
#define TOOLS_STAGE_FACTS_H

#include <time.h>

#include "stage/manifest.h"
#include "tools/stage_options.h"
#include "util/filetime.h"
#include "util/num.h"

#define STAGE_FACTS_OPTIONS 48
#define STAGE_FACTS_RUN 12
#define STAGE_FACTS_HOST 256

struct stage_facts {
	char started[FILETIME_MAX + 1];
	char ended[FILETIME_MAX + 1];
	char host[STAGE_FACTS_HOST];
	char user[NUM_DEC_MAX + 1];
	char seconds[32];
	/* Bad sources that --append has added; "" without --append. */
	char added_bad[NUM_DEC_MAX + 1];
	struct buf command;
	struct timespec begin;
	const char *reasons[ACCOUNT_REASONS];
	struct manifest_pair options[STAGE_FACTS_OPTIONS];
	size_t n_options;
	char *lists[STAGE_FACTS_OPTIONS]; /* texts of list options, owned */
	size_t n_lists;
	char queries_sha256[DIGEST_HEX];
	/* Digest of the inputs, see convert/inputs_digest.h; "": not known. */
	char inputs[DIGEST_HEX];
	char queries_now[FILETIME_MAX + 1];
	char compress[16]; /* value of `compress` in the manifest, as zstd:3 */
	struct manifest_pair run[STAGE_FACTS_RUN];
};

/* Record the beginning of the run and its command line. */
void stage_facts_begin(struct stage_facts *f, int argc, char **argv);
void stage_facts_free(struct stage_facts *f);

/* Fill `options`. Sets errno to ENOMEM if memory is exhausted. */
void stage_facts_options(struct stage_facts *f, const struct stage_options *o);

/* Record the end of the run and fill `run`; `sandbox` is the level as text. */
void stage_facts_end(struct stage_facts *f, const char *sandbox);

/* The seconds since the beginning of the run. */
double stage_facts_seconds(const struct stage_facts *f);

#endif
