/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/stage_dedupe.h"
#include "tools/stage_help.h"
#include "tools/stage_options.h"
#include "tools/stage_shards.h"
#include "util/nearest.h"
#include "util/num.h"

#define JOBS_MAX 256U

/* Every option: where its text or its flag goes. */
static const struct stage_option {
	const char *name;
	char letter;                     /* 0: none */
	enum { FLAG, TEXT, LIST } takes; /* a list may be given again */
	size_t offset;
} table[] = {
#define OPTION(takes, name, letter, field) \
	{ \
		name, letter, takes, offsetof(struct stage_options, field) \
	}
#define TEXT(name, letter, field) OPTION(TEXT, name, letter, field)
#define FLAG(name, letter, field) OPTION(FLAG, name, letter, field)
#define LIST(name, field) OPTION(LIST, name, 0, selection.field)
	TEXT("output", 'o', output),
	TEXT("event-set", 's', selection.event_set),
	FLAG("strict-sets", 0, selection.strict),
	TEXT("schema", 0, schema_name),
	TEXT("decoder", 0, decoder_name),
	TEXT("recover", 0, recover_text),
	TEXT("from", 0, selection.from),
	TEXT("to", 0, selection.to),
	TEXT("now", 0, selection.now),
	LIST("include-eid", include),
	LIST("exclude-eid", exclude),
	LIST("channel", channels),
	LIST("provider", providers),
	LIST("computer", computers),
	LIST("level", levels),
	LIST("query", queries),
	LIST("query-file", query_files),
	LIST("from-dcr", rules),
	TEXT("log-name", 0, log_name),
	TEXT("provenance", 0, provenance_text),
	TEXT("case", 0, case_id),
	TEXT("eventdata", 0, eventdata_text),
	TEXT("accounts", 0, accounts_path),
	TEXT("system-columns", 0, system_text),
	TEXT("long-fields", 0, long_text),
	TEXT("dedupe", 0, dedupe_text),
	TEXT("dedupe-memory", 0, dedupe_memory_text),
	OPTION(LIST, "name", 0, in.names),
	TEXT("archive-password-file", 0, in.password_file),
	TEXT("archive-password-fd", 0, in.password_fd),
	TEXT("max-ratio", 0, in.ratio),
	TEXT("max-member", 0, in.member),
	TEXT("max-unpacked", 0, in.total),
	TEXT("max-archive-members", 0, in.members),
	TEXT("max-spool", 0, in.spool),
	TEXT("nesting", 0, in.levels),
	TEXT("checkpoint", 0, in.checkpoint),
	TEXT("inputs", 0, inputs_text),
	TEXT("count", 'n', shard.count_text),
	TEXT("shards", 0, shard.plan),
	TEXT("shard", 0, shard.text),
	TEXT("root", 0, shard.root),
	TEXT("key", 0, key),
	TEXT("sign-key", 0, sign_key),
	TEXT("public-key", 0, public_key),
	TEXT("jobs", 'j', jobs_text),
	TEXT("sandbox", 0, sandbox_text),
	TEXT("progress", 0, progress_text),
	FLAG("append", 0, append),
	FLAG("chunks", 0, chunks),
	FLAG("eids", 0, eids),
	FLAG("sids", 0, sids),
	FLAG("force", 0, force),
	FLAG("require-all", 0, require_all),
	FLAG("error-if-empty", 0, error_if_empty),
	FLAG("json", 0, json),
	FLAG("quiet", 'q', quiet),
	FLAG("verbose", 'v', verbose),
	FLAG("help", 'h', help),
	FLAG("version", 'V', version),
#undef LIST
#undef FLAG
#undef TEXT
#undef OPTION
};

#define OPTIONS (sizeof(table) / sizeof(*table))
#define FIRST_LONG 1000

/* What is set where. */
struct setting {
	const struct stage_option *option;
	const char *text;
	bool command_line;
};

static enum rc
set_option(struct stage_options *o, const struct setting *s, struct err *e)
{
	unsigned char *const field = (unsigned char *)o + s->option->offset;
	const bool yes = true;

	if (s->option->takes == TEXT)
		memcpy(field, &s->text, sizeof(s->text));
	else if (s->option->takes == FLAG)
		memcpy(field, &yes, sizeof(yes));
	else if (!stage_list_add((struct stage_list *)(void *)field, s->text,
		     s->command_line))
		return err_nomem(e);
	return RC_OK;
}

static char
env_char(char c)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (c >= 'a' && c <= 'z')
		return upper[c - 'a'];
	if (c == '-')
		return '_';
	return c;
}

/* EVTXSTAGE_EVENT_SET for --event-set. A flag is set by anything but nothing
 * and 0. */
static enum rc
read_environment(struct stage_options *o, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < OPTIONS && rc == RC_OK; i++) {
		char name[64];
		(void)snprintf(
		    name, sizeof(name), "EVTXSTAGE_%s", table[i].name);
		for (char *p = name; *p != '\0'; p++)
			*p = env_char(*p);
		const struct setting s = { &table[i], getenv(name), false };
		if (s.text == NULL || s.text[0] == '\0')
			continue;
		if (table[i].takes != FLAG || strcmp(s.text, "0") != 0)
			rc = set_option(o, &s, e);
	}
	return rc;
}

/* The two forms in which getopt wants the table. */
static void
fill_forms(struct option *longs, char *shorts)
{
	char *s = shorts;

	for (size_t i = 0; i < OPTIONS; i++) {
		longs[i] = (struct option){ .name = table[i].name,
			.has_arg = table[i].takes == FLAG ? no_argument
							  : required_argument,
			.val = FIRST_LONG + (int)i };
		if (table[i].letter == 0)
			continue;
		*s++ = table[i].letter;
		if (table[i].takes != FLAG)
			*s++ = ':';
	}
	*s = '\0';
	memset(&longs[OPTIONS], 0, sizeof(*longs));
}

static const struct stage_option *
find_option(int code)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if (code == FIRST_LONG + (int)i ||
		    (table[i].letter != 0 && code == table[i].letter))
			return &table[i];
	}
	return NULL;
}

static enum rc
usage(struct err *e, const char *what, const char *text)
{
	return err_set(
	    e, RC_FATAL, WHY_USAGE, "%s%s (evtxstage --help)", what, text);
}

/* getopt refuses a letter among others, or a whole word. */
static enum rc
refuse_option(int code, char **argv, struct err *e)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const bool whole = optopt <= 0 || optopt >= FIRST_LONG;
	const char *const word = whole ? argv[optind - 1] : letter;
	const char *names[OPTIONS + 1];
	char hint[NEAREST_HINT];

	if (code == ':')
		return usage(e, "this option needs a value: ", word);
	for (size_t i = 0; i < OPTIONS; i++)
		names[i] = table[i].name;
	names[OPTIONS] = NULL;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "unknown option: %s%s (evtxstage --help)", word,
	    nearest_hint(hint, word, names));
}

/* "help COMMAND" and "COMMAND --help". */
static enum rc
read_help(struct stage_options *o, struct err *e)
{
	size_t i = 0;

	if (o->n_inputs != 0 && strcmp(o->inputs[0], "help") == 0)
		i = o->help ? 0 : 1;
	else if (!o->help)
		return RC_OK;
	o->help = true;
	o->topic = i < o->n_inputs ? o->inputs[i] : NULL;
	if (stage_help(o->topic) != NULL)
		return RC_END;
	if (i == 0) { /* an input, say: evtxstage log.evtx --help */
		o->topic = NULL;
		return RC_END;
	}
	char hint[NEAREST_HINT];
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "no help for %s: the commands are convert, info, verify, show, "
	    "sets, shards and merge-check%s",
	    o->topic, nearest_hint(hint, o->topic, stage_help_commands));
}

static enum rc
read_command_line(struct stage_options *o, int argc, char **argv, struct err *e)
{
	struct option longs[OPTIONS + 1];
	char shorts[2 * OPTIONS + 2];
	int code;

	fill_forms(longs, shorts + 1);
	shorts[0] = ':'; /* a missing argument is told from a wrong option */
	opterr = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct stage_option *const opt = find_option(code);
		if (opt == NULL)
			return refuse_option(code, argv, e);
		const struct setting s = { opt, optarg, true };
		if (set_option(o, &s, e) != RC_OK)
			return RC_FATAL;
	}
	o->inputs = argv + optind;
	o->n_inputs = (size_t)(argc - optind);
	return o->version ? RC_END : read_help(o, e);
}

/* A first word that is neither a command nor a path, but nearly a command. */
static enum rc
refuse_command(const char *word, struct err *e)
{
	const char *const near = nearest_word(word, stage_help_commands);

	if (near == NULL || strcmp(near, word) == 0 ||
	    strpbrk(word, "/.@") != NULL || access(word, F_OK) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s is neither a command nor a file (did you mean %s?)", word,
	    near);
}

/* Everything is looked at and nothing is selected. */
static enum rc
read_info(struct stage_options *o, struct err *e)
{
	if (o->output != NULL)
		return usage(e, "info writes no staging directory: ", "-o");
	if (o->selection.event_set != NULL)
		return usage(e, "info looks at every record: ", "-s");
	o->output = "-";
	o->selection.event_set = "none";
	return RC_OK;
}

/* Options that only one command has. */
static enum rc
check_command(const struct stage_options *o, struct err *e)
{
	if (o->inputs_text != NULL && !o->verify)
		return usage(e, "--inputs is for the command verify", "");
	if (o->key != NULL && !o->show)
		return usage(e, "--key is for the command show", "");
	const char *const only = o->chunks ? "--chunks"
				 : o->eids ? "--eids"
				 : o->sids ? "--sids"
					   : NULL;
	if (only != NULL && !o->info)
		return usage(e, only, " is for the command info");
	if (o->sids && o->chunks)
		return usage(
		    e, "--sids and --chunks both want standard output", "");
	return RC_OK;
}

static enum rc
read_command(struct stage_options *o, struct err *e)
{
	const char *const word = o->n_inputs == 0 ? "" : o->inputs[0];

	o->info = strcmp(word, "info") == 0;
	if (o->info || strcmp(word, "convert") == 0) {
		o->inputs++;
		o->n_inputs--;
	} else if (refuse_command(word, e) != RC_OK) {
		return RC_FATAL;
	}
	o->sets = strcmp(word, "sets") == 0;
	o->verify = strcmp(word, "verify") == 0;
	o->show = strcmp(word, "show") == 0;
	o->shards = strcmp(word, "shards") == 0;
	o->merge = strcmp(word, "merge-check") == 0;
	if (check_command(o, e) != RC_OK)
		return RC_FATAL;
	o->inputs += o->shards || o->merge;
	o->n_inputs -= o->shards || o->merge;
	if (stage_shards_options(o, e) != RC_OK)
		return RC_FATAL;
	if (o->sets || o->verify || o->show) {
		o->inputs++;
		o->n_inputs--;
		return !o->sets && o->n_inputs == 0
			   ? usage(e, word, ": name finished stagings")
			   : RC_OK;
	}
	if (o->info && read_info(o, e) != RC_OK)
		return RC_FATAL;
	if (o->n_inputs == 0)
		return usage(
		    e, "no input: name .evtx files, folders or archives", "");
	if (o->output == NULL && !o->merge)
		return usage(e, "no output: -o DIR, or -o - for NDJSON", "");
	return RC_OK;
}

static enum rc
read_jobs(struct stage_options *o, struct err *e)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t n = processors < 1 ? 1 : (uint64_t)processors;

	if (o->jobs_text != NULL &&
	    (!num_parse_u64(span_str(o->jobs_text), &n) || n == 0 ||
		n > JOBS_MAX))
		return usage(
		    e, "--jobs is a number from 1 to 256, not ", o->jobs_text);
	o->jobs = (unsigned)(n > JOBS_MAX ? JOBS_MAX : n);
	return RC_OK;
}

static enum rc
read_progress(struct stage_options *o, struct err *e)
{
	static const char *const names[] = {
		[PROGRESS_AUTO] = "auto",
		[PROGRESS_ON] = "always",
		[PROGRESS_OFF] = "never",
	};

	for (int i = 0; i <= (int)PROGRESS_OFF; i++) {
		if (strcmp(o->progress_text, names[i]) != 0)
			continue;
		o->progress = o->quiet ? PROGRESS_OFF : (enum progress_mode)i;
		return RC_OK;
	}
	return usage(
	    e, "--progress is auto, always or never, not ", o->progress_text);
}

/* A text that must be one of some names. Its place is left alone without. */
struct choice {
	const char *option;
	const char *text;
	const char *const *names; /* NULL behind the last */
};

static enum rc
read_choice(const struct choice *c, int *place, struct err *e)
{
	struct buf all;

	if (c->text == NULL)
		return RC_OK;
	for (int i = 0; c->names[i] != NULL; i++) {
		if (strcmp(c->text, c->names[i]) != 0)
			continue;
		*place = i;
		return RC_OK;
	}
	buf_init(&all, 200);
	for (int i = 0; c->names[i] != NULL; i++)
		buf_fmt(&all, i == 0 ? "%s" : ", %s", c->names[i]);
	const enum rc rc = err_set(e, RC_FATAL, WHY_USAGE,
	    "--%s is one of %.*s, not %s (evtxstage --help)", c->option,
	    (int)all.n, (const char *)all.p, c->text);
	buf_reset(&all);
	return rc;
}

static enum rc
check_folder(const struct stage_options *o, struct err *e)
{
	const bool stream = o->output != NULL && strcmp(o->output, "-") == 0;

	if (stream && (o->append || o->sign_key != NULL))
		return usage(e, o->append ? "--append" : "--sign-key",
		    " needs a staging directory, not -o -");
	return RC_OK;
}

/* Long values that are cut need a schema that cuts, and those that are spilled
 * a folder. */
static enum rc
check_long(const struct stage_options *o, struct err *e)
{
	if (o->line.long_values == VALUE_LIMIT_SPLIT)
		return RC_OK;
	if (o->schema->whole)
		return usage(e,
		    "--long-fields is not for values that are never cut: "
		    "--schema ",
		    o->schema->name);
	if (o->line.long_values == VALUE_LIMIT_SPILL && o->output != NULL &&
	    strcmp(o->output, "-") == 0)
		return usage(e,
		    "--long-fields spill needs a staging directory, not -o ",
		    o->output);
	return RC_OK;
}

/* Columns of people and of agents, which only some schemas have. */
static enum rc
read_extras(struct stage_options *o, struct err *e)
{
	static const char *const names[] = { "none", "derived", NULL };
	int derived = 0;

	enum rc rc = read_choice(
	    &(struct choice){ "system-columns", o->system_text, names },
	    &derived, e);
	o->line.system_columns = derived != 0;
	if (rc != RC_OK || (o->accounts_path == NULL && derived == 0))
		return rc;
	if (o->schema != &schema_securityevent &&
	    o->schema != &schema_event_table)
		return usage(e,
		    "--accounts and --system-columns are for --schema "
		    "securityevent and event, not ",
		    o->schema->name);
	if (o->accounts_path != NULL)
		rc = accounts_read(&o->accounts, o->accounts_path, e);
	o->line.accounts = o->accounts;
	return rc;
}

static enum rc
read_line_options(struct stage_options *o, struct err *e)
{
	static const char *const levels[] = { "none", "key", "full", NULL };
	static const char *const when[] = { "connector", "always", "never",
		NULL };
	int data = (int)SCHEMA_EVENTDATA_CONNECTOR;
	static const char *const cuts[] = { "split", "truncate", "spill",
		NULL };
	int cut = 0;
	int level = -1;

	enum rc rc = read_choice(
	    &(struct choice){ "provenance", o->provenance_text, levels },
	    &level, e);
	if (level >= 0)
		o->line.provenance = (enum schema_provenance)(
		    (int)SCHEMA_PROVENANCE_NONE + level);
	if (rc == RC_OK)
		rc = read_choice(
		    &(struct choice){ "eventdata", o->eventdata_text, when },
		    &data, e);
	if (rc == RC_OK)
		rc = read_choice(
		    &(struct choice){ "long-fields", o->long_text, cuts }, &cut,
		    e);
	o->line.eventdata = (enum schema_eventdata)data;
	o->line.long_values = (enum value_limit_mode)cut;
	if (rc == RC_OK)
		rc = stage_dedupe_read(o, e);
	if (rc == RC_OK)
		rc = read_extras(o, e);
	if (rc == RC_OK)
		rc = check_folder(o, e);
	return rc == RC_OK ? check_long(o, e) : rc;
}

static enum rc
read_recover(struct stage_options *o, struct err *e)
{
	static const char *const names[] = { "none", "hidden", "slack", NULL };
	int what = RECOVER_HIDDEN;

	const enum rc rc = read_choice(
	    &(struct choice){ "recover", o->recover_text, names }, &what, e);
	o->recover = (enum recover_what)what;
	if (rc == RC_OK && o->recover == RECOVER_SLACK &&
	    o->decoder->scan_templates == NULL)
		return usage(e, "--recover slack is not for --decoder ",
		    o->decoder->name);
	return rc;
}

static enum rc
read_names(struct stage_options *o, struct err *e)
{
	o->schema = schema_find(o->schema_name);
	if (o->schema == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "unknown schema: %s; the schemas are securityevent, "
		    "windowsevent, event, raw and ecs (evtxstage help convert)",
		    o->schema_name);
	o->decoder = decoder_find(o->decoder_name);
	if (o->decoder == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "unknown decoder: %s; the decoders are native, libevtx and "
		    "both (evtxstage help convert)",
		    o->decoder_name);
	/* Only the Security Events connector has event sets. */
	if (o->selection.event_set == NULL &&
	    strcmp(o->schema->name, "securityevent") != 0)
		o->selection.event_set = "any";
	return RC_OK;
}

static enum rc
read_inputs(struct stage_options *o, struct err *e)
{
	const enum rc rc = stage_inputs_read(&o->in, o->inputs, o->n_inputs, e);

	o->inputs = o->in.operands;
	o->n_inputs = o->in.n_operands;
	return rc;
}

enum rc
stage_options_read(
    struct stage_options *o, int argc, char **argv, struct err *e)
{
	memset(o, 0, sizeof(*o));
	select_init(&o->select);
	o->schema_name = "securityevent";
	o->decoder_name = "native";
	o->progress_text = "auto";
	o->sandbox_text = "auto";
	enum rc rc = read_environment(o, e);
	if (rc == RC_OK)
		rc = read_command_line(o, argc, argv, e);
	if (rc == RC_OK)
		rc = read_command(o, e);
	if (rc == RC_OK)
		rc = read_names(o, e);
	if (rc == RC_OK)
		rc = read_line_options(o, e);
	if (rc == RC_OK)
		rc = read_recover(o, e);
	if (rc == RC_OK)
		rc = read_jobs(o, e);
	if (rc == RC_OK)
		rc = read_progress(o, e);
	if (rc == RC_OK && !o->sets)
		rc = read_inputs(o, e);
	if (rc == RC_OK)
		rc = stage_sandbox_mode(&o->sandbox, o->sandbox_text, e);
	if (rc == RC_OK)
		rc = stage_select_read(&o->selection, &o->select, e);
	return rc;
}

void
stage_options_free(struct stage_options *o)
{
	select_free(&o->select);
	accounts_destroy(o->accounts);
	stage_select_free(&o->selection);
	stage_inputs_free(&o->in);
	stage_shards_free(o);
}
