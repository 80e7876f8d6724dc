/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of evtxload (their table is evtxload.options), and the
 * configuration file with named targets. The command line takes precedence over
 * the environment, the environment over the file.
 */
#ifndef TOOLS_LOAD_CONFIG_H
#define TOOLS_LOAD_CONFIG_H

#include "tools/load_faults.h"
#include "tools/load_table.h"
#include "tools/options.h"

struct cJSON;

extern const struct option_table load_config_table;

struct load_config {
	struct cJSON *json; /* owns the strings that came from the file */
	/* Owns the numbers that came from the file, as text. */
	char numbers[OPTION_COUNT][32];
	struct load_faults faults; /* settings that are not valid */
};

/* Read the file of --config, and add the settings of the target to the options.
 * Invalid settings are added to c->faults. */
enum rc load_config_read(
    struct load_config *c, struct options *o, struct err *e);
void load_config_free(struct load_config *c);

/* The name of the command; plan for a push with --dry-run. */
const char *load_config_command(const struct options *o);

#endif
