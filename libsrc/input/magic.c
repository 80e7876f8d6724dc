/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "input/magic.h"

#define SUM_AT 148U
#define SUM_BYTES 8U

static const struct {
	enum magic magic;
	const char *bytes;
	size_t n;
} signatures[] = {
	{ MAGIC_ZIP, "PK\003\004", 4 },
	{ MAGIC_ZIP, "PK\005\006", 4 }, /* without members */
	{ MAGIC_ZIP, "PK00PK\003\004", 8 },
	{ MAGIC_ZIP, "PK\007\010PK\003\004", 8 }, /* one of several parts */
	{ MAGIC_SEVENZIP, "7z\274\257\047\034", 6 },
	{ MAGIC_COMPRESSED, "\037\213\010", 3 },
	{ MAGIC_COMPRESSED, "BZh", 3 },
	{ MAGIC_COMPRESSED, "\3757zXZ\0", 6 },
	{ MAGIC_COMPRESSED, "\050\265\057\375", 4 },
	{ MAGIC_COMPRESSED, "\004\042\115\030", 4 },
};

/* A number in octal digits, with blanks before and a NUL or blank behind. */
static unsigned
octal(const uint8_t *p, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] >= '0' && p[i] <= '7')
			v = v * 8 + (p[i] - '0');
	}
	return v;
}

/* The sum over the header counts its own field as blanks. */
static bool
is_tar(struct span head)
{
	unsigned sum = SUM_BYTES * ' ';

	if (head.n < MAGIC_BYTES || head.p[0] == 0)
		return false;
	for (size_t i = 0; i < MAGIC_BYTES; i++) {
		if (i < SUM_AT || i >= SUM_AT + SUM_BYTES)
			sum += head.p[i];
	}
	return sum == octal(head.p + SUM_AT, SUM_BYTES);
}

bool
magic_is_evtx(struct span head)
{
	return head.n >= 8 && memcmp(head.p, "ElfFile", 8) == 0;
}

enum magic
magic_of(struct span head)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++) {
		const struct span s = { (const uint8_t *)signatures[i].bytes,
			signatures[i].n };
		if (span_starts(head, s))
			return signatures[i].magic;
	}
	return is_tar(head) ? MAGIC_TAR : MAGIC_NONE;
}

static bool
ends_in(const char *name, const char *end)
{
	const size_t n = strlen(name);
	const size_t k = strlen(end);

	return n > k && strcasecmp(name + n - k, end) == 0;
}

bool
magic_is_log(const char *name)
{
	return ends_in(name, ".evtx");
}

bool
magic_is_archive(const char *name)
{
	static const char *const ends[] = { ".zip", ".7z", ".tar", ".tgz",
		".tbz", ".tbz2", ".txz", ".tzst", ".tar.gz", ".tar.bz2",
		".tar.xz", ".tar.zst", ".tar.lz4" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (ends_in(name, ends[i]))
			return true;
	}
	return false;
}
