/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tools/load_faults.h"

static void
join(char out[LOAD_FAULTS_TEXT], const char *text)
{
	const size_t n = strlen(out);

	(void)snprintf(
	    out + n, LOAD_FAULTS_TEXT - n, "%s%s", n > 0 ? "; " : "", text);
}

void
load_faults_add(struct load_faults *f, enum origin from, const char *text)
{
	join(f->text[from], text);
}

void
load_faults_add_err(
    struct load_faults *f, enum origin from, const struct err *e)
{
	if (e->why == WHY_MEMORY)
		f->starved = true;
	else
		load_faults_add(f, from, e->text);
}

enum rc
load_faults_end(
    const struct load_faults *f, char all[LOAD_FAULTS_TEXT], struct err *e)
{
	all[0] = '\0';
	if (f->starved)
		return err_nomem(e);
	for (int i = 0; i < ORIGINS; i++)
		if (f->text[i][0] != '\0')
			join(all, f->text[i]);
	if (all[0] == '\0')
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE, "%s", all);
}
