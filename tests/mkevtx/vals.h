/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of one template instance: what fills its substitutions, in the
 * order of their numbers. A value of type BinXML can hold an instance (the body
 * of a normal event) or plain elements (`tree`), once or twice over
 * (`fragments`).
 */
#ifndef MKEVTX_VALS_H
#define MKEVTX_VALS_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct node;

#define VALS_MAX 600

/* A tree and the name it has in the tables of a file. */
struct vals_shape {
	const struct node *root;
	uint8_t guid[16];
};

struct vals;

struct vals_one {
	uint16_t size;
	uint8_t type;
	uint8_t fragments;
	size_t at; /* offset of the bytes */
	const struct node *tree;
	const struct vals_shape *shape;
	const struct vals *inner;
};

struct vals {
	struct vals_one one[VALS_MAX];
	size_t n;
	struct buf bytes;
};

void vals_reset(struct vals *v);

/* Begins a value of that type; its bytes are what is put into v->bytes until
 * `vals_end`. */
struct vals_one *vals_begin(struct vals *v, uint8_t type);
void vals_end(struct vals *v);

void vals_add(struct vals *v, uint8_t type, const void *bytes, size_t n);
void vals_number(struct vals *v, uint8_t type, uint64_t number);
void vals_null(struct vals *v, size_t count);

#endif
