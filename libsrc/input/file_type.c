/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "input/file_type.h"

#define SUM_AT 148U
#define SUM_BYTES 8U

static const struct {
	enum file_type magic;
	const char *bytes;
	size_t n;
} signatures[] = {
	{ FILE_TYPE_ZIP, "PK\003\004", 4 },
	{ FILE_TYPE_ZIP, "PK\005\006", 4 }, /* zip without members */
	{ FILE_TYPE_ZIP, "PK00PK\003\004", 8 },
	{ FILE_TYPE_ZIP, "PK\007\010PK\003\004",
	    8 }, /* first part of a split zip */
	{ FILE_TYPE_7Z, "7z\274\257\047\034", 6 },
	{ FILE_TYPE_COMPRESSED, "\037\213\010", 3 },
	{ FILE_TYPE_COMPRESSED, "BZh", 3 },
	{ FILE_TYPE_COMPRESSED, "\3757zXZ\0", 6 },
	{ FILE_TYPE_COMPRESSED, "\050\265\057\375", 4 },
	{ FILE_TYPE_COMPRESSED, "\004\042\115\030", 4 },
};

bool
file_type_is_evtx(struct span head)
{
	return span_starts(head, SPAN("ElfFile")) ||
	       span_starts(head, SPAN("ElfChnk"));
}

enum file_type
file_type_of(struct span head)
{
	unsigned sum = SUM_BYTES * ' ';
	unsigned stated = 0;

	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++) {
		const struct span s = { (const uint8_t *)signatures[i].bytes,
			signatures[i].n };
		if (span_starts(head, s))
			return signatures[i].magic;
	}
	if (head.n < FILE_TYPE_BYTES || head.p[0] == 0)
		return FILE_TYPE_UNKNOWN;
	/* The checksum of a tar header is octal digits, which may have blanks
	 * before them; its own field counts as blanks. */
	for (size_t i = 0; i < FILE_TYPE_BYTES; i++) {
		const uint8_t c = head.p[i];
		if (i < SUM_AT || i >= SUM_AT + SUM_BYTES)
			sum += c;
		else if (c >= '0' && c <= '7')
			stated = stated * 8 + (c - '0');
	}
	return sum == stated ? FILE_TYPE_TAR : FILE_TYPE_UNKNOWN;
}

static bool
ends_in(const char *name, const char *end)
{
	const size_t n = strlen(name);
	const size_t k = strlen(end);

	return n > k && strcasecmp(name + n - k, end) == 0;
}

bool
file_type_is_log_name(const char *name)
{
	return ends_in(name, ".evtx");
}

/* --- unsupported formats -------------------------------------------------- */

#define MOUNT_IMAGE \
	"mount it read-only and give the folder of its logs " \
	"(Windows/System32/winevt/Logs)"

static const char old_log[] =
    "is an event log of Windows XP or Server 2003 (.evt), which is not read: "
    "convert it on Windows with wevtutil export-log OLD.evt NEW.evtx /lf:true";
static const char virtual_disk[] =
    "is a virtual disk (VHD, VHDX, VMDK), which is not read: " MOUNT_IMAGE
    ", as with guestmount --ro -i -a";
static const char disk_image[] =
    "is a disk image (E01), which is not read: " MOUNT_IMAGE
    ", as with ewfmount";

/* Formats: MS-VHDX 2.2.1 and the VHD specification (a dynamic disk begins with
 * a copy of its footer), VMDK 5.0, and libewf's description of EWF. */
static const struct {
	const char *why;
	size_t at;
	const char *bytes;
	size_t n;
} foreign_heads[] = {
	{ old_log, 4, "LfLe", 4 },
	{ virtual_disk, 0, "vhdxfile", 8 },
	{ virtual_disk, 0, "conectix", 8 },
	{ virtual_disk, 0, "KDMV", 4 },
	{ disk_image, 0, "EVF\x09\x0d\x0a\xff\x00", 8 },
	{ disk_image, 0, "LVF\x09\x0d\x0a\xff\x00", 8 },
	{ disk_image, 0, "EVF2\x0d\x0a\x81\x00", 8 },
	{ disk_image, 0, "LEF2\x0d\x0a\x81\x00", 8 },
};

static const struct {
	const char *why;
	/* File name endings of the format; the last one is NULL. */
	const char *ends[6];
} foreign_names[] = {
	{ old_log, { ".evt" } },
	{ virtual_disk, { ".vhd", ".vhdx", ".avhd", ".avhdx", ".vmdk" } },
	{ disk_image, { ".e01", ".l01", ".ex01", ".lx01" } },
};

const char *
file_type_unsupported(struct span head, const char *name)
{
	const size_t heads = sizeof(foreign_heads) / sizeof(*foreign_heads);
	const size_t names = sizeof(foreign_names) / sizeof(*foreign_names);
	const bool ewf = span_starts(head, SPAN("EVF\x09")) ||
			 span_starts(head, SPAN("LVF\x09"));
	const bool ewf2 =
	    span_starts(head, SPAN("EVF2")) || span_starts(head, SPAN("LEF2"));

	if (file_type_is_evtx(head))
		return NULL;
	/* The number of a file of a split EWF image follows the signature; in
	 * EWF2 two bytes of version are between. */
	if (head.n >= 14 && ((ewf && head.p[9] + head.p[10] * 256 > 1) ||
				(ewf2 && head.p[12] + head.p[13] * 256 > 1)))
		return NULL;
	for (size_t i = 0; i < heads; i++) {
		const size_t at = foreign_heads[i].at;
		const size_t n = foreign_heads[i].n;
		if (head.n >= at + n &&
		    memcmp(head.p + at, foreign_heads[i].bytes, n) == 0)
			return foreign_heads[i].why;
	}
	for (size_t i = 0; i < names; i++) {
		const char *const *end = foreign_names[i].ends;
		while (*end != NULL && !ends_in(name, *end))
			end++;
		if (*end != NULL)
			return foreign_names[i].why;
	}
	return NULL;
}

/* --- names ---------------------------------------------------------------- */

bool
file_type_is_archive_name(const char *name)
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

size_t
file_type_unpacked_name(const char *name)
{
	static const char *const ends[] = { ".gz", ".bz2", ".xz", ".zst",
		".lz4" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (ends_in(name, ends[i]))
			return strlen(name) - strlen(ends[i]);
	}
	return strlen(name);
}

/* Rotated logs have a number or a date after their name. */
bool
file_type_is_packed_log_name(const char *name)
{
	static const char ending[] = ".evtx";
	const size_t n = file_type_unpacked_name(name);

	for (size_t i = 1; name[n] != '\0' && i + strlen(ending) <= n; i++) {
		const char next = name[i + strlen(ending)];
		if (strncasecmp(name + i, ending, strlen(ending)) == 0 &&
		    name[i - 1] != '/' &&
		    (next == '.' || next == '-' || next == '_'))
			return strchr(name + i, '/') == NULL;
	}
	return false;
}
