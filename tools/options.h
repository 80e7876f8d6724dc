/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of both programs: a table of options and commands, generated
 * at build time from evtxstage.options or evtxload.options, and one parser for
 * both. The parser reads the environment and the command line, checks the
 * command, and selects the text of --help. It does not interpret values.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "select/names.h"
#include "util/err.h"

enum option_type {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_LIST, /* an option that may be given more than once */
	OPTION_WORD, /* an option whose value is one of `words` */
	OPTION_NUMBER,
	OPTION_BYTES,
	OPTION_TIME,
};

struct option_row {
	const char *name; /* name of the long option, without dashes */
	char letter;      /* letter of the short option; 0: there is none */
	/* The row is a setting that is not an option of the command line. */
	bool hidden;
	enum option_type type;
	/* Name of the environment variable; NULL: there is none. */
	const char *variable;
	/* Name in the configuration file; NULL: it cannot be set there. */
	const char *key;
	const char *initial; /* default value; NULL: there is none */
	/* Allowed values of an OPTION_WORD; ends with NULL. */
	const char *const *words;
	unsigned min, max; /* limits of the value of an OPTION_NUMBER */
	/* Factor of the value of an OPTION_NUMBER, as 1000 for seconds in ms.
	 */
	unsigned scale;
	/* The commands that accept the option: a bit for each position in
	 * `commands` of the table. */
	unsigned commands;
	/* Name in the manifest; NULL: it is not recorded there. */
	const char *manifest;
	/* Recorded in the manifest even if it has its default value. */
	bool manifest_always;
};

struct option_command {
	const char *name;
	/* Lines of the command's help; ends with NULL. */
	const char *const *help;
};

struct option_table {
	const char *program;
	const char *operand; /* noun for an operand in messages, as "file" */
	const struct option_row *rows;
	unsigned n_rows;
	/* Commands of the program; the first is the default. */
	const struct option_command *commands;
	unsigned n_commands;
	/* Lines of the program's help; ends with NULL. */
	const char *const *help;
};

/* Where a value comes from. */
enum origin { FROM_LINE, FROM_ENVIRONMENT, FROM_FILE, ORIGINS };

#define OPTIONS_MAX 100

/* Values are borrowed from argv and the environment. The arrays are indexed by
 * the option_id of the program. */
struct options {
	const struct option_table *table;
	unsigned command; /* enum command_id of the command */
	/* Value of each option; NULL: it is not given; a flag has "1". */
	const char *value[OPTIONS_MAX];
	enum origin from[OPTIONS_MAX];
	/* Values of options of the type OPTION_LIST. */
	struct names list[OPTIONS_MAX];
	char *const *operands;
	size_t n;
	/* Lines of help to print instead of running; NULL: run the command. */
	const char *const *help;
};

/* Read the environment and argv. The command is not among the operands. RC_END
 * if help or the version is wanted; WHY_USAGE with a sentence on failure. Free
 * the options in any case. */
enum rc options_read(struct options *o, const struct option_table *table,
    int argc, char **argv, struct err *e);
void options_free(struct options *o);

/* The value of an option or its default, NULL without either. */
const char *options_value(const struct options *o, unsigned id);

/* The name of a setting: its option without dashes, variable or key. */
const char *options_name(const struct options *o, unsigned id);

/* The name of a setting as the user wrote it: --jobs, EVTXLOAD_JOBS, or "jobs"
 * of the configuration file. */
#define OPTIONS_LABEL 64
const char *options_label(
    const struct options *o, unsigned id, char out[OPTIONS_LABEL]);

/* The position of a value or of the default among the words of its option;
 * *word is unchanged if there is neither. WHY_USAGE if it is another word. */
enum rc options_word(
    const struct options *o, unsigned id, int *word, struct err *e);

/* Read a number or its default; *out becomes the number times the scale.
 * WHY_USAGE if the number is not within its limits. */
enum rc options_number(
    const struct options *o, unsigned id, unsigned *out, struct err *e);

/* A value or default of the type OPTION_BYTES in bytes (500, 64k, 2M, 1.5G;
 * with an i, 64Ki, in powers of 1024), or of the type OPTION_TIME in
 * milliseconds (90, 90s, 15m, 2h, 1d). 0 without either. */
enum rc options_amount(
    const struct options *o, unsigned id, uint64_t *out, struct err *e);

#endif
