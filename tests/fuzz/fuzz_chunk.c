/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One chunk, from its bytes to the lines of its records. Its first byte gives
 * orders: with the two highest bits the header of the chunk stays as it is,
 * with the highest alone the headers of the records do. Else they are made
 * right, and checksums with them, or nothing else would be looked at.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/lines.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t chunk[CHUNK_BYTES];
	const size_t n = size < CHUNK_BYTES ? size : CHUNK_BYTES;

	if (n == 0)
		return 0;
	memcpy(chunk, data, n);
	memset(chunk + n, 0, CHUNK_BYTES - n);
	/* The E of a real chunk has neither bit. */
	if ((data[0] & 0xc0) == 0xc0)
		memcpy(chunk, "ElfChnk", 8);
	else
		lines_seal(chunk, n, (data[0] & 0x80) == 0);
	lines_check(chunk);
	return 0;
}
