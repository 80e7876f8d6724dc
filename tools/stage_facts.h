/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the manifest says about a run: the options that lines depend on, and
 * its `run` block, with when, where and by whom it was made.
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
	char added_bad[NUM_DEC_MAX + 1]; /* "": nothing was added */
	struct buf command;
	struct timespec begin;
	const char *reasons[ACCOUNT_REASONS];
	struct manifest_pair options[STAGE_FACTS_OPTIONS];
	size_t n_options;
	char *lists[STAGE_FACTS_OPTIONS]; /* texts made for them */
	size_t n_lists;
	char queries_sha256[DIGEST_HEX];
	char inputs[DIGEST_HEX]; /* see convert/rerun.h; "": not known */
	char queries_now[FILETIME_MAX + 1];
	struct manifest_pair run[STAGE_FACTS_RUN];
};

/* The run begins now, with this command line. */
void stage_facts_begin(struct stage_facts *f, int argc, char **argv);
void stage_facts_free(struct stage_facts *f);

/* Fill `options`. errno is ENOMEM if one of them is missing. */
void stage_facts_options(struct stage_facts *f, const struct stage_options *o);

/* The run ends now: fill `run`; `sandbox` is the level as text. */
void stage_facts_end(struct stage_facts *f, const char *sandbox);

/* Since the beginning. */
double stage_facts_seconds(const struct stage_facts *f);

#endif
