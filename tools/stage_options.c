/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tools/cli.h"
#include "tools/stage_options.h"
#include "tools/stage_select.h"
#include "tools/stage_shards.h"
#include "util/num.h"
#include "util/zstd_frame.h"

#define JOBS_MAX 256U
#define DEDUPE_MEMORY_MAX ((uint64_t)1 << 40)

#include "tools/stage_table.inc"

_Static_assert(OPTION_COUNT <= OPTIONS_MAX, "OPTIONS_MAX is too small");

static const struct option_table table = {
	.program = "evtxstage",
	.operand = "a file",
	.rows = rows,
	.n_rows = OPTION_COUNT,
	.commands = commands,
	.n_commands = sizeof(commands) / sizeof(*commands),
	.help = help_program,
};

static enum rc
usage(struct err *e, const char *what, const char *text)
{
	return err_set(
	    e, RC_FATAL, WHY_USAGE, "%s%s (evtxstage --help)", what, text);
}

/* Copy the options that are used as they were given. */
static void
copy_options(struct stage_options *o)
{
	const char *const *const value = o->given.value;

	o->output = value[OPT_OUTPUT];
	o->event_set = value[OPT_EVENT_SET];
	o->log_name = value[OPT_LOG_NAME];
	o->case_id = value[OPT_CASE];
	o->sign_key = value[OPT_SIGN_KEY];
	o->key = value[OPT_KEY];
	o->append = value[OPT_APPEND] != NULL;
	o->force = value[OPT_FORCE] != NULL;
	o->require_all = value[OPT_REQUIRE_ALL] != NULL;
	o->error_if_empty = value[OPT_ERROR_IF_EMPTY] != NULL;
	o->chunks = value[OPT_CHUNKS] != NULL;
	o->eids = value[OPT_EIDS] != NULL;
	o->sids = value[OPT_SIDS] != NULL;
	o->json = value[OPT_JSON] != NULL;
	o->quiet = value[OPT_QUIET] != NULL;
	o->verbose = value[OPT_VERBOSE] != NULL;
	o->info = o->given.command == COMMAND_INFO;
	o->inputs = o->given.operands;
	o->n_inputs = o->given.n;
}

/* Check that the command has the options and operands that it needs. */
static enum rc
check_command(struct stage_options *o, struct err *e)
{
	const enum command_id command = (enum command_id)o->given.command;

	if (o->sids && o->chunks)
		return usage(
		    e, "--sids and --chunks both write to standard output", "");
	const enum rc rc = stage_shards_options(o, e);
	if (rc != RC_OK || command == COMMAND_SETS)
		return rc;
	if (command == COMMAND_VERIFY || command == COMMAND_SHOW)
		return o->n_inputs != 0
			   ? RC_OK
			   : usage(e, table.commands[command].name,
				 ": no staging directory was given");
	/* info reads every record and selects none. */
	if (o->info) {
		o->output = "-";
		o->event_set = "none";
	}
	if (o->n_inputs == 0)
		return usage(
		    e, "no input: give .evtx files, folders or archives", "");
	if (o->output == NULL && command != COMMAND_MERGE_CHECK)
		return usage(
		    e, "no output: give -o DIR, or -o - for NDJSON", "");
	return RC_OK;
}

/* Read the options whose values are words of a list. */
static enum rc
read_words(struct stage_options *o, struct err *e)
{
	int provenance = (int)SCHEMA_PROVENANCE_DEFAULT;
	int eventdata = (int)SCHEMA_EVENTDATA_CONNECTOR;
	int long_values = (int)VALUE_LIMIT_SPLIT;
	int dedupe = (int)DEDUPE_NONE;
	int recover = (int)RECOVER_HIDDEN;
	int progress = (int)PROGRESS_AUTO;
	int sandbox = (int)SANDBOX_AUTO;
	int derived = 0;
	int name = 0;
	const struct {
		int *to;
		enum option_id id;
		/* Enum value of the option's first word; added to the word's
		 * position. */
		int first;
	} words[] = {
		{ &name, OPT_SCHEMA, 0 },
		{ &name, OPT_DECODER, 0 },
		{ &provenance, OPT_PROVENANCE, (int)SCHEMA_PROVENANCE_NONE },
		{ &eventdata, OPT_EVENTDATA, 0 },
		{ &long_values, OPT_LONG_FIELDS, 0 },
		{ &derived, OPT_SYSTEM_COLUMNS, 0 },
		{ &dedupe, OPT_DEDUPE, 0 },
		{ &recover, OPT_RECOVER, 0 },
		{ &progress, OPT_PROGRESS, 0 },
		{ &sandbox, OPT_SANDBOX, 0 },
	};

	/* A stream is for filters, which expect every record. */
	if (o->output != NULL && strcmp(o->output, "-") != 0)
		dedupe = (int)DEDUPE_RUN;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (options_word(&o->given, words[i].id, words[i].to, e) !=
		    RC_OK)
			return RC_FATAL;
		if (options_value(&o->given, words[i].id) != NULL)
			*words[i].to += words[i].first;
	}
	o->schema = schema_find(options_value(&o->given, OPT_SCHEMA));
	o->decoder = decoder_find(options_value(&o->given, OPT_DECODER));
	o->line.provenance = (enum schema_provenance)provenance;
	o->line.eventdata = (enum schema_eventdata)eventdata;
	o->line.long_values = (enum value_limit_mode)long_values;
	o->line.system_columns = derived != 0;
	o->dedupe = (enum dedupe)dedupe;
	o->recover = (enum recover_what)recover;
	o->progress = o->quiet ? PROGRESS_OFF : (enum progress_mode)progress;
	o->sandbox = (enum sandbox_mode)sandbox;
	/* Only the Security Events connector has event sets. */
	if (o->event_set == NULL && o->schema != &schema_securityevent)
		o->event_set = "any";
	return RC_OK;
}

static enum rc
read_numbers(struct stage_options *o, struct err *e)
{
	uint64_t memory = 0;

	if (options_number(&o->given, OPT_JOBS, &o->jobs, e) != RC_OK)
		return RC_FATAL;
	if (o->jobs == 0)
		o->jobs = cli_processors(JOBS_MAX);
	if (o->jobs > JOBS_MAX)
		o->jobs = JOBS_MAX;
	const enum rc rc =
	    stage_inputs_size(&o->given, OPT_DEDUPE_MEMORY, &memory, e);
	if (rc != RC_OK)
		return rc;
	if (memory < KEYSET_MEMORY_MIN || memory > DEDUPE_MEMORY_MAX)
		return usage(e, "--dedupe-memory must be 1M to 1T: ",
		    options_value(&o->given, OPT_DEDUPE_MEMORY));
	o->dedupe_memory = (size_t)memory;
	return RC_OK;
}

/* Read --compress: none, zstd or zstd:LEVEL. */
static enum rc
read_compress(struct stage_options *o, struct err *e)
{
	static const char zstd[] = "zstd";
	const char *const text = options_value(&o->given, OPT_COMPRESS);
	uint64_t level = ZSTD_FRAME_LEVEL_DEFAULT;

	o->level = 0;
	if (text == NULL || strcmp(text, "none") == 0)
		return RC_OK;
	const char *const rest = text + sizeof(zstd) - 1;
	const bool known =
	    strncmp(text, zstd, sizeof(zstd) - 1) == 0 &&
	    (*rest == '\0' ||
		(*rest == ':' && num_parse_u64(span_str(rest + 1), &level)));
	if (!known || level < ZSTD_FRAME_LEVEL_MIN ||
	    level > ZSTD_FRAME_LEVEL_MAX)
		return usage(e,
		    "--compress must be none, zstd, or zstd:LEVEL with a "
		    "level from 1 to 19: ",
		    text);
	o->level = (int)level;
	return RC_OK;
}

bool
stage_options_append_without_keys(const struct stage_options *o)
{
	const struct schema_options line =
	    schema_resolve_options(o->schema, &o->line);

	return o->append && o->dedupe == DEDUPE_RUN &&
	       line.provenance == SCHEMA_PROVENANCE_NONE;
}

/* Reject options that do not go together. */
static enum rc
check_combinations(const struct stage_options *o, struct err *e)
{
	const bool stream = o->output != NULL && strcmp(o->output, "-") == 0;

	if ((o->given.command == COMMAND_MERGE_CHECK) !=
		(o->dedupe == DEDUPE_COLLECTION) &&
	    o->given.value[OPT_DEDUPE] != NULL &&
	    o->given.from[OPT_DEDUPE] == FROM_LINE && o->dedupe != DEDUPE_NONE)
		return usage(e,
		    "--dedupe collection works only with merge-check, file "
		    "and run only when logs are staged",
		    "");
	if (o->given.value[OPT_DEDUPE] != NULL &&
	    stage_options_append_without_keys(o))
		return usage(e,
		    "--append with --dedupe run needs rows with a RecordKey: "
		    "use --provenance key",
		    "");
	if ((o->given.value[OPT_ACCOUNTS] != NULL || o->line.system_columns) &&
	    o->schema != &schema_securityevent &&
	    o->schema != &schema_event_table)
		return usage(e,
		    "--accounts and --system-columns need --schema "
		    "securityevent or event, not ",
		    o->schema->name);
	if (stream && (o->append || o->sign_key != NULL))
		return usage(e, o->append ? "--append" : "--sign-key",
		    " needs a staging directory, not -o -");
	if (stream && o->level != 0)
		return usage(e,
		    "--compress needs a staging directory, not -o -: compress "
		    "the rows with | zstd",
		    "");
	if (o->line.long_values != VALUE_LIMIT_SPLIT &&
	    o->schema->keeps_long_values)
		return usage(e,
		    "--long-fields does not apply to values that are never "
		    "truncated: --schema ",
		    o->schema->name);
	if (o->line.long_values == VALUE_LIMIT_SPILL && stream)
		return usage(e,
		    "--long-fields spill needs a staging directory, not -o ",
		    o->output);
	if (o->recover == RECOVER_SLACK && o->decoder->scan_templates == NULL)
		return usage(e, "--recover slack does not work with --decoder ",
		    o->decoder->name);
	return RC_OK;
}

enum rc
stage_options_read(
    struct stage_options *o, int argc, char **argv, struct err *e)
{
	memset(o, 0, sizeof(*o));
	select_init(&o->select);
	enum rc rc = options_read(&o->given, &table, argc, argv, e);
	copy_options(o);
	if (rc == RC_OK)
		rc = check_command(o, e);
	if (rc == RC_OK)
		rc = read_words(o, e);
	if (rc == RC_OK)
		rc = read_numbers(o, e);
	if (rc == RC_OK)
		rc = read_compress(o, e);
	if (rc == RC_OK)
		rc = check_combinations(o, e);
	const char *const accounts = o->given.value[OPT_ACCOUNTS];
	if (rc == RC_OK && accounts != NULL)
		rc = accounts_read(&o->accounts, accounts, e);
	o->line.accounts = o->accounts;
	if (rc == RC_OK && o->given.command != COMMAND_SETS) {
		rc = stage_inputs_read(
		    &o->in, &o->given, o->inputs, o->n_inputs, e);
		o->inputs = o->in.operands;
		o->n_inputs = o->in.n_operands;
	}
	return rc == RC_OK ? stage_select_read(o, e) : rc;
}

void
stage_options_free(struct stage_options *o)
{
	select_free(&o->select);
	accounts_destroy(o->accounts);
	stage_inputs_free(&o->in);
	stage_shards_free(o);
	options_free(&o->given);
}
