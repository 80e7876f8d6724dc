/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of evtxstage, interpreted. Their table is evtxstage.options.
 */
#ifndef TOOLS_STAGE_OPTIONS_H
#define TOOLS_STAGE_OPTIONS_H

#include <stddef.h>

#include "convert/convert.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/stage_inputs.h"
#include "tools/stage_sandbox.h"
#include "tools/stage_table.h"

/* The shard to stage; see stage_shards.h. */
struct stage_shard {
	uint32_t number;
	uint32_t of; /* number of shards; 0: the run stages all inputs */
	/* SHA-256 of the plan; NULL: there is no plan. */
	const char *plan_sha256;
	/* Names of the plan's inputs, owned; NULL after the last one. */
	char **inputs;
	/* Absolute paths of options that had relative ones; owned. */
	char *absolute[2];
};

/* Texts are borrowed from argv and the environment. */
struct stage_options {
	struct options given;
	const char *output;
	const char *event_set;
	const char *log_name;
	const char *case_id;
	const char *sign_key; /* path of the private key of --sign-key */
	const char *key;      /* RecordKey of the command show */
	int level; /* zstd level of segments; 0: they are not compressed */
	bool append;
	bool force;
	bool require_all;
	bool error_if_empty;
	/* The option --chunks of the command info; likewise `eids` and `sids`.
	 */
	bool chunks;
	bool eids;
	bool sids;
	bool json;
	bool quiet;
	bool verbose;
	bool info; /* the command is info */
	/* Operands, with each @FILE replaced by its lines. */
	char *const *inputs;
	size_t n_inputs;
	struct stage_shard shard;
	struct stage_inputs in;
	unsigned jobs;
	enum progress_mode progress;
	enum sandbox_mode sandbox;
	const struct schema *schema;
	struct schema_options line;
	/* Accounts of --accounts, also in `line`; NULL: it was not given. */
	struct accounts *accounts;
	enum dedupe dedupe;
	size_t dedupe_memory; /* maximum memory for --dedupe in bytes */
	const struct decoder_kind *decoder;
	enum recover_what recover;
	struct select select;
};

/* Read the environment and argv. WHY_USAGE with a sentence on failure; RC_END
 * for help (given.help) and version. Free the options in any case. */
enum rc stage_options_read(
    struct stage_options *o, int argc, char **argv, struct err *e);
void stage_options_free(struct stage_options *o);

/* True if --append cannot recognize records that were staged before, because
 * the rows have no keys. */
bool stage_options_append_without_keys(const struct stage_options *o);

#endif
