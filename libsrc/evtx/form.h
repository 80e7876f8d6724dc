/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms: the bytes in which template definitions stood.
 *
 * The same template stands in every chunk again. Its bytes differ only where
 * names are: a name that is new to the chunk stands there itself, with a link
 * to another name; one that is not is an offset. So a definition whose bytes
 * are known, and whose offsets lead to the same names, says the same and need
 * not be parsed. It is a cache: what it does not know, or forgot, is parsed.
 */
#ifndef EVTX_FORM_H
#define EVTX_FORM_H

#include "evtx/bxml.h"

#define FORM_BUCKETS 1024U /* a power of two */
#define FORM_BYTES_MAX ((size_t)2 << 20)

struct form;
struct template;

struct forms {
	struct arena arena;
	struct form *bucket[FORM_BUCKETS];
};

void form_init(struct forms *f);
void form_free(struct forms *f);
void form_forget(struct forms *f);

/* The template that this definition was when it was seen last, or NULL. */
struct template *form_find(
    const struct forms *f, const struct bxml_definition *d);

/* Keep the form of a definition that was parsed with these names. */
void form_keep(struct forms *f, const struct bxml_definition *d,
    const struct bxml_names *names, struct template *t);

#endif
