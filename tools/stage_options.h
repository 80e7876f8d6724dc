/* SPDX-License-Identifier: Apache-2.0 */
/* The options of evtxstage, from the environment and the command line. */
#ifndef TOOLS_STAGE_OPTIONS_H
#define TOOLS_STAGE_OPTIONS_H

#include <stddef.h>

#include "convert/convert.h"
#include "tools/progress.h"
#include "tools/stage_inputs.h"
#include "tools/stage_sandbox.h"
#include "tools/stage_select.h"

/* Of shards: see stage_shards.h. */
struct stage_shard {
	const char *plan; /* a file; NULL: there is no plan */
	const char *text; /* I or I/N; NULL: everything is staged */
	const char *root;
	const char *count_text;

	/* What they mean. */
	uint32_t number;
	uint32_t of;
	const char *plan_sha256; /* the plan's; NULL: there is none */
	char **inputs;           /* owned; those of the plan; NULL behind */
	char *made[2];           /* owned; paths made absolute */
};

/* Texts are borrowed from argv and the environment. */
struct stage_options {
	const char *output;
	struct stage_selection selection;
	const char *schema_name;
	const char *decoder_name;
	const char *recover_text;
	const char *jobs_text;
	const char *progress_text;
	const char *sandbox_text;
	const char *provenance_text;
	const char *case_id;
	const char *eventdata_text;
	const char *accounts_path;
	const char *system_text;
	const char *long_text;
	const char *dedupe_text;
	const char *dedupe_memory_text;
	const char *inputs_text; /* for stage_verify.h */
	const char *key;         /* for stage_show.h */
	bool force;
	bool error_if_empty;
	bool json;
	const char *log_name;
	bool require_all;
	const char *sign_key; /* files */
	const char *public_key;
	bool append;
	bool chunks; /* of info */
	bool sids;   /* of info */
	bool eids;
	bool quiet;
	bool verbose;
	bool help;
	const char *topic; /* of the help: a command, or NULL */
	bool version;
	bool info;   /* the command: what logs hold, see stage_info.h */
	bool verify; /* the command: see stage_verify.h */
	bool show;   /* the command: see stage_show.h */
	bool shards; /* the command: see stage_shards.h */
	bool merge;  /* the command: see stage_merge.h */
	bool sets;   /* the command: what event sets are, see stage_sets.h */
	struct stage_shard shard;
	struct stage_inputs in;
	char *const *inputs; /* operands, with those of lists */
	size_t n_inputs;

	/* What the texts mean. */
	unsigned jobs;
	enum progress_mode progress;
	enum sandbox_mode sandbox;
	const struct schema *schema;
	struct schema_options line;
	struct accounts *accounts; /* or NULL; also in `line` */
	enum dedupe dedupe;
	size_t dedupe_memory; /* bytes */
	const struct decoder_kind *decoder;
	enum recover_what recover;
	struct select select;
};

/* Read them all. RC_FATAL with WHY_USAGE says what is wrong; RC_END for help
 * and version. Free the selection also after a failure. */
enum rc stage_options_read(
    struct stage_options *o, int argc, char **argv, struct err *e);
void stage_options_free(struct stage_options *o);

#endif
