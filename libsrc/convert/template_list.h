/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids of the templates that a run has seen, each with the first source that
 * has it. The manifest of a shard lists them, so that merge-check can name the
 * sources with the templates that are missing in another shard:
 *
 *   "templates":[{"source":"a.evtx","ids":["0a1b2c3d",...]},...]
 */
#ifndef CONVERT_TEMPLATE_LIST_H
#define CONVERT_TEMPLATE_LIST_H

#include <stddef.h>

#include "evtx/template_catalog.h"

struct cJSON;
struct template_list;

enum rc template_list_create(struct template_list **lp,
    const struct template_catalog *from, struct err *e);
void template_list_destroy(struct template_list *l); /* takes NULL */

/* Add the templates whose first source has this number to an array of the
 * manifest. Numbers must increase from call to call. */
void template_list_add(struct template_list *l, uint64_t number,
    const char *name, struct cJSON *array);

#endif
