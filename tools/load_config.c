/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>

#include "tools/load_config.h"
#include "util/io.h"
#include "util/json.h"

#define CONFIG_MAX (1U << 20)

#include "tools/load_table.inc"

_Static_assert(OPTION_COUNT <= OPTIONS_MAX, "OPTIONS_MAX is too small");

const struct option_table load_config_table = {
	.program = "evtxload",
	.operand = "a staging",
	.rows = rows,
	.n_rows = OPTION_COUNT,
	.commands = commands,
	.n_commands = sizeof(commands) / sizeof(*commands),
	.help = help_program,
};

const char *
load_config_command(const struct options *o)
{
	return o->command == COMMAND_PUSH && o->value[OPT_DRY_RUN] != NULL
		   ? commands[COMMAND_PLAN].name
		   : commands[o->command].name;
}

/* Add one member of a target, unless the command line or the environment has
 * given the setting. */
static enum rc
add_setting(struct load_config *c, struct options *o, const struct cJSON *v,
    struct err *e)
{
	const char *const name = json_name(v);
	const char *const file = o->value[OPT_CONFIG];
	const char *const target = o->value[OPT_TARGET];
	unsigned i = 0;

	while (i < OPTION_COUNT &&
	       (rows[i].key == NULL || strcmp(rows[i].key, name) != 0))
		i++;
	if (strcmp(name, "client_secret") == 0 ||
	    strcmp(name, "client_certificate_password") == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: \"%s\" must not be in the file; use \"%s_file\"", file,
		    name, name);
	if (i == OPTION_COUNT)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: target %s has an unknown setting \"%.60s\"", file,
		    target, name);
	const char *const text = json_setting(v, c->numbers[i]);
	if (text == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: \"%s\" of target %s must be a text or a number", file,
		    name, target);
	if (o->value[i] == NULL) {
		o->value[i] = text;
		o->from[i] = FROM_FILE;
	}
	return RC_OK;
}

enum rc
load_config_read(struct load_config *c, struct options *o, struct err *e)
{
	const char *const path = o->value[OPT_CONFIG];
	const char *const name = o->value[OPT_TARGET];
	struct buf text;

	if (path == NULL || name == NULL)
		return RC_OK;
	buf_init(&text, CONFIG_MAX);
	enum rc rc = io_slurp(AT_FDCWD, path, &text, e);
	if (rc == RC_OK)
		rc = json_parse(buf_span(&text), path, &c->json, e);
	buf_reset(&text);
	if (rc != RC_OK) {
		e->why = WHY_USAGE;
		return rc;
	}
	const struct cJSON *const all = json_get(c->json, "targets");
	const struct cJSON *const target = json_get(all, name);
	if (!json_is_object(all))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s has no object \"targets\"", path);
	/* The name may be the name of a built-in target. */
	if (target == NULL)
		return RC_OK;
	if (!json_is_object(target))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: target %s must be an object", path, name);
	for (const struct cJSON *v = json_first(target); v != NULL;
	     v = json_next(v))
		if (add_setting(c, o, v, e) != RC_OK)
			load_faults_add_err(&c->faults, FROM_FILE, e);
	err_clear(e);
	return RC_OK;
}

void
load_config_free(struct load_config *c)
{
	json_free(c->json);
	c->json = NULL;
}
