/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/options.h"

enum rc
options_check_stop(const struct convert_options *o, struct err *e)
{
	const volatile sig_atomic_t *const stop = o->worker.stop;

	if (stop != NULL && *stop != 0)
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	return RC_OK;
}

bool
options_show_digest(const struct convert_options *o)
{
	return o->worker.record.line.provenance == SCHEMA_PROVENANCE_FULL;
}

void
options_warn(
    const struct convert_options *o, const char *name, const char *text)
{
	if (o->watch.warn != NULL)
		o->watch.warn(o->watch.ctx, name, text);
}
