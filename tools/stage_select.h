/* SPDX-License-Identifier: Apache-2.0 */
/* The options of evtxstage that say which records are wanted. */
#ifndef TOOLS_STAGE_SELECT_H
#define TOOLS_STAGE_SELECT_H

#include "select/select.h"

/* An option that may be given several times: the command line's texts, or the
 * one of the environment. */
struct stage_list {
	struct names names;
	bool given; /* on the command line */
};

/* Texts are borrowed from argv and the environment. */
struct stage_selection {
	const char *event_set; /* NULL: all, or any with queries */
	bool strict;           /* the set as the agent asks */
	const char *from;
	const char *to;
	const char *now;
	struct stage_list include;
	struct stage_list exclude;
	struct stage_list channels;
	struct stage_list providers;
	struct stage_list computers;
	struct stage_list levels;
	struct stage_list queries;
	struct stage_list query_files;
	struct stage_list rules;
};

/* Add a text to a list; false without memory. */
bool stage_list_add(struct stage_list *l, const char *text, bool command_line);

/* The texts with blanks between them, for a manifest; to be freed. NULL of an
 * empty list, and without memory. */
char *stage_list_text(const struct stage_list *l);

/* What they mean, in s. RC_FATAL with WHY_USAGE says what is wrong. */
enum rc stage_select_read(
    struct stage_selection *o, struct select *s, struct err *e);
void stage_select_free(struct stage_selection *o);

/* After a query was refused: show the place of it on standard error. */
void stage_select_show(const struct select *s);

#endif
