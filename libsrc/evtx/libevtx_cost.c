/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/libevtx_cost.h"
#include "util/le.h"

/* Length of a token, version, template id and definition offset. */
#define INSTANCE_BYTES 10U
#define DEFINITION_BYTES 24U /* length of a definition before its content */
#define LARGE 8192U /* Binary XML of this many bytes costs twice as much */

/* True if the byte may be the token of a literal, a character reference or an
 * entity reference. The bytes after it are checked too, so that tabs and most
 * characters of text are not mistaken for tokens. */
static bool
is_text_token(const uint8_t *p, size_t left)
{
	switch (p[0] & ~0x40U) {
	case 0x05: /* a value: the type of a string follows */
		return left > 1 && p[1] == 1;
	case 0x08: /* a character reference */
		return true;
	case 0x09: /* an entity reference: a name offset follows */
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
		if (n < UINT16_MAX &&
		    is_text_token(chunk.p + i, CHUNK_BYTES - i))
			n++;
	}
	w->before[CHUNK_BYTES / LIBEVTX_COST_STEP] = n;
}

/* The cost of the Binary XML between two offsets. */
static size_t
cost_of(const struct libevtx_cost *w, size_t from, size_t end)
{
	const size_t n = end - from;
	const size_t last = (end + LIBEVTX_COST_STEP - 1) / LIBEVTX_COST_STEP;
	const size_t pieces =
	    (size_t)(w->before[last] - w->before[from / LIBEVTX_COST_STEP]);

	return n + n * n / LARGE + pieces * pieces / 4;
}

/* The cost of the definition to which a template instance refers; *values
 * becomes the number of values that the instance claims. Both are 0 unless a
 * fragment header precedes the bytes or the definition has the template id of
 * the instance: other bytes are not considered an instance. */
static size_t
cost_of_instance(
    const struct libevtx_cost *w, const uint8_t *instance, uint32_t *values)
{
	static const uint8_t fragment_header[4] = { 0x0f, 1, 1, 0 };
	const uint8_t *const chunk = w->chunk.p;
	const size_t at = le_u32(instance + 6);
	size_t after = (size_t)(instance - chunk) + INSTANCE_BYTES;

	*values = 0;
	if (at > CHUNK_BYTES - DEFINITION_BYTES)
		return 0;
	const size_t n = le_u32(chunk + at + DEFINITION_BYTES - 4);
	if (n > CHUNK_BYTES - DEFINITION_BYTES - at ||
	    (memcmp(instance - 4, fragment_header, 4) != 0 &&
		le_u32(instance + 2) != le_u32(chunk + at + 4)))
		return 0;
	/* If the instance contains the definition, the values follow it. */
	if (after == at)
		after += DEFINITION_BYTES + n;
	if (after <= CHUNK_BYTES - sizeof(uint32_t))
		*values = le_u32(chunk + after);
	return cost_of(w, at + DEFINITION_BYTES, at + DEFINITION_BYTES + n);
}

/* Find the next bytes of a record, at *at or later, that may be a template
 * instance, and advance *at past their first byte. NULL if there are none. */
static const uint8_t *
next_instance(
    const struct libevtx_cost *w, const struct chunk_record *r, size_t *at)
{
	/* Token and version of an instance. */
	static const uint8_t start[2] = { 0x0c, 1 };
	const size_t end = (size_t)r->offset + r->size;

	if (*at + INSTANCE_BYTES > end)
		return NULL;
	const uint8_t *const p =
	    memmem(w->chunk.p + *at, end - *at, start, sizeof(start));
	if (p == NULL ||
	    (size_t)(p - w->chunk.p) + INSTANCE_BYTES > CHUNK_BYTES)
		return NULL;
	*at = (size_t)(p - w->chunk.p) + 1;
	return p;
}

bool
libevtx_cost_add(struct libevtx_cost *w, const struct chunk_record *r)
{
	size_t at = r->offset;
	const uint8_t *p;
	uint32_t values;

	w->spent += cost_of(w, at, at + r->size);
	while (w->spent <= LIBEVTX_COST_MAX &&
	       (p = next_instance(w, r, &at)) != NULL)
		w->spent += cost_of_instance(w, p, &values);
	return w->spent <= LIBEVTX_COST_MAX;
}

uint32_t
libevtx_cost_values(const struct libevtx_cost *w, const struct chunk_record *r)
{
	size_t at = r->offset;
	const uint8_t *p;
	uint32_t values;
	uint32_t most = 0;

	while ((p = next_instance(w, r, &at)) != NULL) {
		(void)cost_of_instance(w, p, &values);
		most = values > most ? values : most;
	}
	return most;
}
