/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/options.h"
#include "util/nearest.h"

#define FIRST_LONG 1000 /* code of the first row for getopt_long() */

static enum rc
set_value(struct options *o, unsigned id, const char *text, enum origin from,
    struct err *e)
{
	struct names *const list = &o->list[id];

	if (o->table->rows[id].type == OPTION_LIST) {
		/* The command line replaces the value of the environment. */
		if (o->value[id] != NULL && o->from[id] != from)
			list->n = 0;
		const char **const more =
		    realloc(list->texts, (list->n + 1) * sizeof(*list->texts));
		if (more == NULL)
			return err_nomem(e);
		more[list->n++] = text;
		list->texts = more;
	}
	o->value[id] = text;
	o->from[id] = from;
	return RC_OK;
}

/* An empty variable is not set, and 0 does not set a flag. */
static enum rc
read_environment(struct options *o, struct err *e)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; rc == RC_OK && i < o->table->n_rows; i++) {
		const struct option_row *const row = &o->table->rows[i];
		const char *const text =
		    row->variable == NULL ? NULL : getenv(row->variable);
		if (text == NULL || text[0] == '\0' ||
		    (row->type == OPTION_FLAG && strcmp(text, "0") == 0))
			continue;
		rc = set_value(o, i, row->type == OPTION_FLAG ? "1" : text,
		    FROM_ENVIRONMENT, e);
	}
	return rc;
}

/* Report an option that getopt_long() rejected: a letter within a word, or a
 * whole word. */
static enum rc
reject_option(
    const struct options *o, int code, const char *last, struct err *e)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const char *const word =
	    optopt <= 0 || optopt >= FIRST_LONG ? last : letter;
	const char *names[OPTIONS_MAX + 1];
	char hint[NEAREST_HINT];
	size_t n = 0;

	if (code == ':')
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "option %s needs a value (%s --help)", word,
		    o->table->program);
	for (unsigned i = 0; i < o->table->n_rows; i++)
		if (!o->table->rows[i].hidden)
			names[n++] = o->table->rows[i].name;
	names[n] = NULL;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "unknown option %s%s (%s --help)", word,
	    nearest_hint(hint, word, names), o->table->program);
}

/* The row of an option that getopt found, or n_rows. */
static unsigned
find_option(const struct option_table *t, int code)
{
	unsigned i = 0;

	if (code >= FIRST_LONG)
		return (unsigned)(code - FIRST_LONG);
	while (i < t->n_rows &&
	       (t->rows[i].letter == 0 || t->rows[i].letter != code))
		i++;
	return i;
}

static enum rc
read_arguments(struct options *o, int argc, char **argv, struct err *e)
{
	const struct option_table *const t = o->table;
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2] = ":";
	char *s = shorts + 1;
	size_t n = 0;

	for (unsigned i = 0; i < t->n_rows; i++) {
		const bool flag = t->rows[i].type == OPTION_FLAG;
		if (t->rows[i].hidden)
			continue;
		longs[n++] = (struct option){ t->rows[i].name,
			flag ? no_argument : required_argument, NULL,
			FIRST_LONG + (int)i };
		if (t->rows[i].letter == 0)
			continue;
		*s++ = t->rows[i].letter;
		if (!flag)
			*s++ = ':';
	}
	*s = '\0';
	memset(&longs[n], 0, sizeof(longs[n]));
	opterr = 0;
	for (;;) {
		const int code = getopt_long(argc, argv, shorts, longs, NULL);
		if (code == -1)
			break;
		const unsigned id = find_option(t, code);
		if (id >= t->n_rows)
			return reject_option(o, code, argv[optind - 1], e);
		const char *const text =
		    t->rows[id].type == OPTION_FLAG ? "1" : optarg;
		if (set_value(o, id, text, FROM_LINE, e) != RC_OK)
			return RC_FATAL;
	}
	o->operands = argv + optind;
	o->n = (size_t)(argc - optind);
	return RC_OK;
}

/* --- commands and help ---------------------------------------------------- */

/* The position of a command, or n_commands. */
static unsigned
find_command(const struct option_table *t, const char *word)
{
	unsigned i = 0;

	while (i < t->n_commands && strcmp(t->commands[i].name, word) != 0)
		i++;
	return i;
}

/* A suggestion for a mistyped command: NULL, or the nearest one. */
static const char *
nearest_command(const struct option_table *t, const char *word)
{
	const char *names[OPTIONS_MAX + 1];

	for (unsigned i = 0; i < t->n_commands; i++)
		names[i] = t->commands[i].name;
	names[t->n_commands] = "help";
	names[t->n_commands + 1] = NULL;
	return nearest_word(word, names);
}

/* "help COMMAND", "COMMAND --help", or an operand with --help. */
static enum rc
read_help(struct options *o, bool flag, struct err *e)
{
	const struct option_table *const t = o->table;
	const bool word = o->n != 0 && strcmp(o->operands[0], "help") == 0;
	const size_t at = word && !flag ? 1 : 0;
	const char *const topic = at < o->n ? o->operands[at] : "help";
	const unsigned command = find_command(t, topic);
	const char *const near = nearest_command(t, topic);

	o->help = command < t->n_commands ? t->commands[command].help : t->help;
	if (command < t->n_commands || !word || strcmp(topic, "help") == 0)
		return RC_END;
	return err_set(e, RC_FATAL, WHY_USAGE, "no help for %s%s%s%s (%s help)",
	    topic, near != NULL ? " (did you mean " : "",
	    near != NULL ? near : "", near != NULL ? "?)" : "", t->program);
}

static enum rc
reject_foreign(const struct options *o, unsigned id, struct err *e)
{
	const struct option_table *const t = o->table;
	const char *const name = t->rows[id].name;
	const char *command = t->commands[o->command].name;
	unsigned first = 0;

	while ((t->rows[id].commands & 1U << first) == 0)
		first++;
	const bool single = t->rows[id].commands == 1U << first;
	if (single)
		command = t->commands[first].name;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--%s %s the command %s (%s help %s)", name,
	    single ? "works only with" : "does not work with", command,
	    t->program, command);
}

/* Reject options that the command does not accept. The environment is for all
 * commands: its options for other commands are ignored. */
static enum rc
check_accepted(struct options *o, struct err *e)
{
	for (unsigned i = 0; i < o->table->n_rows; i++) {
		const unsigned accepts = o->table->rows[i].commands;
		if (o->value[i] == NULL || (accepts & 1U << o->command) != 0)
			continue;
		if (o->from[i] == FROM_LINE)
			return reject_foreign(o, i, e);
		o->value[i] = NULL;
		o->list[i].n = 0;
	}
	return RC_OK;
}

/* The first word is a command only if it has the name of one. Any other word is
 * an operand, unless it resembles a command and no such file exists. */
static enum rc
read_command(struct options *o, struct err *e)
{
	const struct option_table *const t = o->table;
	const char *const word = o->n == 0 ? "" : o->operands[0];
	const unsigned command = find_command(t, word);
	const char *const near = nearest_command(t, word);

	if (command < t->n_commands) {
		o->command = command;
		o->operands++;
		o->n--;
	} else if (near != NULL && strpbrk(word, "/.@") == NULL &&
		   access(word, F_OK) != 0) {
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is neither a command nor %s (did you mean %s?)", word,
		    t->operand, near);
	}
	return check_accepted(o, e);
}

enum rc
options_read(struct options *o, const struct option_table *table, int argc,
    char **argv, struct err *e)
{
	memset(o, 0, sizeof(*o));
	o->table = table;
	enum rc rc = read_environment(o, e);
	if (rc == RC_OK)
		rc = read_arguments(o, argc, argv, e);
	if (rc != RC_OK)
		return rc;
	const bool first = o->n != 0 && strcmp(o->operands[0], "help") == 0;
	for (unsigned i = 0; i < table->n_rows; i++) {
		if (o->value[i] == NULL || table->rows[i].type != OPTION_FLAG)
			continue;
		if (strcmp(table->rows[i].name, "version") == 0)
			return RC_END;
		if (strcmp(table->rows[i].name, "help") == 0)
			return read_help(o, true, e);
	}
	return first ? read_help(o, false, e) : read_command(o, e);
}

void
options_free(struct options *o)
{
	for (unsigned i = 0; i < OPTIONS_MAX; i++)
		free(o->list[i].texts);
	memset(o, 0, sizeof(*o));
}

/* --- values --------------------------------------------------------------- */

const char *
options_value(const struct options *o, unsigned id)
{
	return o->value[id] != NULL ? o->value[id] : o->table->rows[id].initial;
}

const char *
options_name(const struct options *o, unsigned id)
{
	const struct option_row *const row = &o->table->rows[id];

	return !row->hidden            ? row->name
	       : row->variable != NULL ? row->variable
				       : row->key;
}

const char *
options_label(const struct options *o, unsigned id, char out[OPTIONS_LABEL])
{
	const struct option_row *const row = &o->table->rows[id];

	if (o->from[id] == FROM_ENVIRONMENT)
		(void)snprintf(out, OPTIONS_LABEL, "%s", row->variable);
	else if (o->from[id] == FROM_FILE)
		(void)snprintf(
		    out, OPTIONS_LABEL, "\"%s\" of the file", row->key);
	else
		(void)snprintf(out, OPTIONS_LABEL, "--%s", options_name(o, id));
	return out;
}

enum rc
options_word(const struct options *o, unsigned id, int *word, struct err *e)
{
	const char *const *const words = o->table->rows[id].words;
	const char *const text = options_value(o, id);
	char label[OPTIONS_LABEL];
	char list[ERR_TEXT_MAX] = "";
	size_t n = 0;

	if (text == NULL)
		return RC_OK;
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0) {
			*word = i;
			return RC_OK;
		}
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
		    i == 0                 ? ""
		    : words[i + 1] == NULL ? " or "
					   : ", ",
		    words[i]);
	}
	return err_set(e, RC_FATAL, WHY_USAGE, "%s must be %s: %.60s",
	    options_label(o, id, label), list, text);
}

enum rc
options_number(
    const struct options *o, unsigned id, unsigned *out, struct err *e)
{
	const struct option_row *const row = &o->table->rows[id];
	const char *const text = options_value(o, id);
	char label[OPTIONS_LABEL];
	char *end = NULL;

	*out = 0;
	if (text == NULL)
		return RC_OK;
	const double v = strtod(text, &end);
	const double scaled = v * row->scale;
	const bool whole = scaled == floor(scaled);
	if (end == text || *end != '\0' || !(v >= row->min) || v > row->max ||
	    (row->scale == 1 && !whole) || strpbrk(text, "xXpPiInN \t") != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s must be a number from %u to %u: %.60s",
		    options_label(o, id, label), row->min, row->max, text);
	*out = (unsigned)scaled;
	return RC_OK;
}

#define KILO UINT64_C(1000)
#define KIBI UINT64_C(1024)

static const struct unit {
	const char *name;
	uint64_t scale;
} times[] = { { "", 1000 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "d", 86400000 }, { NULL, 0 } },
  sizes[] = { { "", 1 }, { "B", 1 }, { "k", KILO }, { "K", KILO },
	  { "M", KILO *KILO }, { "G", KILO *KILO *KILO },
	  { "T", KILO *KILO *KILO *KILO }, { "Ki", KIBI }, { "ki", KIBI },
	  { "Mi", KIBI *KIBI }, { "Gi", KIBI *KIBI *KIBI },
	  { "Ti", KIBI *KIBI *KIBI *KIBI }, { NULL, 0 } };

enum rc
options_amount(
    const struct options *o, unsigned id, uint64_t *out, struct err *e)
{
	const bool time = o->table->rows[id].type == OPTION_TIME;
	const struct unit *u = time ? times : sizes;
	const char *const text = options_value(o, id);
	char label[OPTIONS_LABEL];
	char digits[32];
	char *stop = digits;
	double v = 0;

	*out = 0;
	if (text == NULL)
		return RC_OK;
	/* Accept only digits and a decimal point: strtod() accepts more than
	 * that. */
	const size_t n = strspn(text, "0123456789.");
	if (n != 0 && n < sizeof(digits)) {
		memcpy(digits, text, n);
		digits[n] = '\0';
		v = strtod(digits, &stop);
	}
	while (u->name != NULL && strcmp(u->name, text + n) != 0)
		u++;
	v *= (double)u->scale;
	if (stop != digits + n || u->name == NULL || v < 1 || v > 1e15)
		return err_set(e, RC_FATAL, WHY_USAGE, "%s must be %s: %.60s",
		    options_label(o, id, label),
		    time ? "a time like 90, 90s, 15m, 2h or 1d"
			 : "an amount like 500, 64k, 2M or 1.5G (bytes)",
		    text);
	*out = (uint64_t)v;
	return RC_OK;
}
