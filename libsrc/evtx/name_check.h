/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether a name in Binary XML can be trusted.
 *
 * A name has a hash of 16 bits, a length and its characters (libyal: "Name").
 * Where the checksums of the chunk hold, a name that does not match its hash is
 * accepted and reported: some writers leave the hash 0. Where they do not hold,
 * such a name is damaged. It is repaired if two of the three (hash, length,
 * characters) agree with a name that may be there: one that the System element
 * of an event uses, or one that the same template has elsewhere in the run.
 * Otherwise it is refused, and so is every record that uses it.
 *
 * The bytes of the chunk are not changed; the repairs are kept beside them, for
 * one chunk at a time.
 */
#ifndef EVTX_NAME_CHECK_H
#define EVTX_NAME_CHECK_H

#include "evtx/chunk.h"
#include "evtx/template_catalog.h"
#include "util/arena.h"

/* Maximum number of repaired names of a chunk; further damaged names are
 * refused. */
#define NAME_FIXES_MAX 64U
#define NAME_FIX_CHARS 120U
#define NAME_MISMATCHES_MAX 64U
/* Length in bytes of link, hash and length, which precede the characters. */
#define NAME_HEAD 8U

/* A repaired name. */
struct name_fix {
	uint32_t at; /* offset of the name in the chunk */
	/* The name is stored there, where the chunk uses it first. */
	bool defined;
	uint16_t hash;                 /* the correct hash */
	uint16_t units;                /* the correct length in UTF-16 units */
	char text[NAME_FIX_CHARS + 1]; /* the correct name, ASCII */
};

struct name_check {
	struct span chunk;
	bool checksums_hold; /* the checksums of the chunk hold */
	/* The chunk header says that there are no checksums. */
	bool no_checksums;

	/* The catalog (or NULL) and the GUID of the template that is being
	 * parsed, to repair its names. */
	const struct template_catalog *catalog;
	const uint8_t *guid;
	struct arena nodes; /* nodes of the template that is being searched */
	/* Number of bytes of template nodes searched for this chunk. */
	size_t searched;

	struct name_fix fix[NAME_FIXES_MAX];
	size_t n_fixes;
	uint64_t used; /* bit i is set if the repaired name fix[i] was read */
	unsigned refused; /* number of refused names that were read */
	/* Number of names accepted although they do not match their hash. */
	unsigned n_accepted;

	/* Offsets in the chunk of the accepted names that do not match their
	 * hash. Of the names with the hash 0 only the first is listed. */
	uint32_t mismatch[NAME_MISMATCHES_MAX];
	size_t n_mismatches;
	bool unhashed; /* a name with the hash 0 was accepted */
};

void name_check_init(struct name_check *n);
void name_check_free(struct name_check *n);

/* Start a chunk, whose bytes must stay valid until the next start. */
void name_check_start(struct name_check *n, const struct chunk *c);

/* The hash of a name's UTF-16 characters: h * 65599 + c for each of them. */
uint16_t name_check_hash(struct span chars);

/* Check the name at an offset of the chunk; false if it is refused. *fix
 * becomes its repair, or NULL if the name is read as it is. `here` is set if
 * the name is stored where it is used. */
bool name_check_read(struct name_check *n, size_t offset, bool here,
    const struct name_fix **fix);

/* Write the repaired names whose bits are set in `used`, as in
 * "name:TimeCreated,name:Channel". */
void name_check_text(
    const struct name_check *n, uint64_t used, char *text, size_t size);

/* Write the repaired names into a copy of the chunk, for other readers. A name
 * that is only referred to by name string offsets is not written: its place may
 * hold something else. */
void name_check_apply(const struct name_check *n, uint8_t *chunk);

/* True if the name at an offset of a chunk has the hash 0. */
bool name_check_unhashed(struct span chunk, size_t offset);

#endif
