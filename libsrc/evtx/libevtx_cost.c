/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/libevtx_cost.h"
#include "util/le.h"

#define HEAD 10U       /* of an instance: token, version, id, offset */
#define LARGE 8192U    /* bytes of Binary XML that count twice */
#define DEFINITION 24U /* bytes before the content of a definition */

/* Literals, character references and entity references, with their flag; tabs
 * and most other characters of texts do not look like them. */
static bool
is_piece(const uint8_t *p, size_t left)
{
	switch (p[0] & ~0x40U) {
	case 0x05: /* and the type of a string */
		return left > 1 && p[1] == 1;
	case 0x08:
		return true;
	case 0x09: /* and the offset of its name */
		return left > 4 && p[3] == 0 && p[4] == 0;
	default:
		return false;
	}
}

void
libevtx_cost_start(struct libevtx_cost *w, struct span chunk)
{
	uint16_t n = 0;

	w->chunk = chunk;
	w->spent = 0;
	for (size_t i = 0; i < CHUNK_BYTES; i++) {
		if (i % LIBEVTX_COST_STEP == 0)
			w->before[i / LIBEVTX_COST_STEP] = n;
		if (n < UINT16_MAX && is_piece(chunk.p + i, CHUNK_BYTES - i))
			n++;
	}
	w->before[CHUNK_BYTES / LIBEVTX_COST_STEP] = n;
}

/* Bytes of Binary XML from one offset to another. */
static size_t
weight(const struct libevtx_cost *w, size_t from, size_t end)
{
	const size_t n = end - from;
	const size_t last = (end + LIBEVTX_COST_STEP - 1) / LIBEVTX_COST_STEP;
	const size_t pieces =
	    (size_t)(w->before[last] - w->before[from / LIBEVTX_COST_STEP]);

	return n + n * n / LARGE + pieces * pieces / 4;
}

/* The definition that an instance refers to, if it is an instance: it has the
 * head of a fragment before it, or the definition has its id. */
static size_t
definition_weight(const struct libevtx_cost *w, const uint8_t *instance)
{
	static const uint8_t fragment[4] = { 0x0f, 1, 1, 0 };
	const uint8_t *const chunk = w->chunk.p;
	const size_t at = le_u32(instance + 6);

	if (at > CHUNK_BYTES - DEFINITION)
		return 0;
	const size_t n = le_u32(chunk + at + DEFINITION - 4);
	if (n > CHUNK_BYTES - DEFINITION - at ||
	    (memcmp(instance - 4, fragment, 4) != 0 &&
		le_u32(instance + 2) != le_u32(chunk + at + 4)))
		return 0;
	return weight(w, at + DEFINITION, at + DEFINITION + n);
}

bool
libevtx_cost_add(struct libevtx_cost *w, const struct chunk_record *r)
{
	static const uint8_t start[2] = { 0x0c, 1 }; /* token, version */
	const size_t end = (size_t)r->offset + r->size;
	size_t at = r->offset;

	w->spent += weight(w, at, end);
	while (at + HEAD <= end && w->spent <= LIBEVTX_COST_MAX) {
		const uint8_t *const p =
		    memmem(w->chunk.p + at, end - at, start, sizeof(start));
		if (p == NULL || (size_t)(p - w->chunk.p) + HEAD > CHUNK_BYTES)
			break;
		at = (size_t)(p - w->chunk.p) + 1;
		w->spent += definition_weight(w, p);
	}
	return w->spent <= LIBEVTX_COST_MAX;
}
