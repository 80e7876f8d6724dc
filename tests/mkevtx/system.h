/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outer template of an event, `<Event><System>...`, as Windows builds it,
 * and the values that go into it. Shapes are kept for the next event of the
 * same provider, channel and computer.
 */
#ifndef MKEVTX_SYSTEM_H
#define MKEVTX_SYSTEM_H

#include "event.h"
#include "node.h"
#include "vals.h"

struct system;

struct system *system_create(void);
void system_destroy(struct system *s);

const struct vals_shape *system_shape(struct system *s, const struct event *e);

/* The values for that shape, the body among them. */
void system_values(const struct event *e, struct vals *out);

#endif
