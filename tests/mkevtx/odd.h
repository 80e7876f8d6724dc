/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The odd shapes by name. Each is a set of bits for the file, for a chunk, for
 * a record, or lines that are added to an event as if a description said them.
 */
#ifndef MKEVTX_ODD_H
#define MKEVTX_ODD_H

#include <stddef.h>
#include <stdint.h>

struct odd {
	const char *name;
	const char *says; /* for --help */
	unsigned file;    /* of enum writer_odd */
	unsigned chunk;   /* of enum chunk_odd */
	uint32_t limit;   /* of used bytes in a chunk */
	const char *lines;
};

/* Ends with an entry without name. */
extern const struct odd odd_table[];

/* Ends the program if there is no such shape. */
const struct odd *odd_find(const char *name, size_t n);

#endif
