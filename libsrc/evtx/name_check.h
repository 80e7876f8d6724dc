/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a name in Binary XML is to be believed.
 *
 * A name is stored as a hash of 16 bits, a length, and its characters. Where
 * the checksums of the chunk hold, a name that does not fit its hash is
 * believed and noted: other writers may leave the hash 0. Where they do not
 * hold, such a name is damaged. It is repaired if two of the three agree with a
 * name that may stand there: one of those that the System of an event is made
 * of, or one of the same template, where the run has seen it intact. Else it is
 * refused, and with it every record that uses it.
 *
 * The bytes are not changed: what a repair says is kept beside them, for one
 * chunk at a time.
 */
#ifndef EVTX_NAME_CHECK_H
#define EVTX_NAME_CHECK_H

#include "evtx/chunk.h"
#include "evtx/template_catalog.h"
#include "util/arena.h"

#define NAME_FIXES_MAX 64U /* of a chunk; what is damaged beyond is refused */
#define NAME_FIX_CHARS 120U
#define NAME_DOUBTS_MAX 64U
#define NAME_HEAD 8U /* bytes before the characters: link, hash, length */

/* A name that was repaired. */
struct name_fix {
	uint32_t at;   /* offset in the chunk */
	bool defined;  /* it stands where it was first used */
	uint16_t hash; /* and length, as they should be */
	uint16_t units;
	char text[NAME_FIX_CHARS + 1]; /* ASCII */
};

struct name_check {
	struct span chunk;
	bool believes; /* the checksums of the chunk hold */
	bool unsealed; /* there are none */

	/* Where names of the same template are looked up, or NULL, and its
	 * GUID. */
	const struct template_catalog *known;
	const uint8_t *guid;
	struct arena nodes; /* of templates that are looked at, */
	size_t looked;      /* and their bytes, all of the chunk */

	struct name_fix fix[NAME_FIXES_MAX];
	size_t n_fixes;
	uint64_t used;    /* bits: repaired names that were read */
	unsigned refused; /* damaged names that were read */
	unsigned doubted; /* believed ones that do not fit their hash */

	/* The places of those, offsets in the chunk; of names without a hash
	 * only the first. */
	uint32_t doubt[NAME_DOUBTS_MAX];
	size_t n_name_mismatches;
	bool unhashed;
};

void name_check_init(struct name_check *n);
void name_check_free(struct name_check *n);

/* Start on a chunk, which must stay until the next start. */
void name_check_start(struct name_check *n, const struct chunk *c);

/* The hash of a name's characters in UTF-16. */
uint16_t name_check_hash(struct span chars);

/* Whether the name at an offset of the chunk may be read; *fix: how, if not as
 * it stands there, else NULL. here: it stands where it is used. */
bool name_check_read(struct name_check *n, size_t offset, bool here,
    const struct name_fix **fix);

/* "name:TimeCreated,name:Channel": the repaired names of these bits. */
void name_check_text(
    const struct name_check *n, uint64_t used, char *text, size_t size);

/* Write the repaired names into a copy of the chunk, for readers that cannot
 * be told. A name that nothing but references lead to is left: what stands
 * there may be something else. */
void name_check_apply(const struct name_check *n, uint8_t *chunk);

/* Whether a name at an offset of a chunk has the hash 0. */
bool name_check_unhashed(struct span chunk, size_t offset);

#endif
