/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of an event: the fields of the catalog with plausible values, those
 * a description overrides, and those it adds. As long as nothing changes the
 * shape, the shape of the catalog is used.
 */
#ifndef MKEVTX_BODY_H
#define MKEVTX_BODY_H

#include "catalog.h"
#include "draft.h"

/* Sets shape and values of d->event; `known` may be NULL. */
void body_make(struct draft *d, const struct catalog_event *known);

#endif
