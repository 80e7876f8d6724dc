/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "input/layout.h"
#include "input/logname.h"
#include "util/num.h"

#define PARTS_MAX 128U
#define VOLUME_MAX 256U
#define HOST_BYTES_MAX 63U
#define SHADOW_MAX 10000U

/* Beginning of a time as collectors write it; d is any digit. */
#define DATE "dddd-dd-ddT"

/* The parts of a name between its slashes. */
struct parts {
	struct span at[PARTS_MAX];
	size_t n;
};

static bool
is_text(struct span s, const char *text)
{
	return s.n == strlen(text) &&
	       strncasecmp((const char *)s.p, text, s.n) == 0;
}

/* Decode percent-encoding. A part is followed by a slash or a NUL, which is not
 * a digit, so logname_percent() does not read beyond it. */
static void
put_decoded(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		const int c = logname_percent((const char *)s.p + i);
		buf_byte(b, c < 0 ? s.p[i] : (uint8_t)c);
		i += c < 0 ? 0 : 2;
	}
}

/* True for a drive letter, as C or C: */
static bool
is_drive(struct span s)
{
	return (s.n == 1 || (s.n == 2 && s.p[1] == ':')) && s.p[0] < 0x80 &&
	       isalpha(s.p[0]) != 0;
}

/* Returns the number that follows the text at the beginning of s; 0 if s does
 * not have this form. */
static unsigned
number_behind(struct span s, const char *text)
{
	const size_t k = strlen(text);
	uint64_t n;

	if (s.n < k || strncasecmp((const char *)s.p, text, k) != 0 ||
	    !num_parse_u64(span_skip(s, k), &n) || n > SHADOW_MAX)
		return 0;
	return (unsigned)n;
}

/* Begin the path with a volume in Velociraptor's notation; false if the part is
 * not a volume. Its text after the last backslash identifies the volume. */
static bool
put_volume(struct layout *l, struct span part)
{
	struct buf volume;

	buf_init(&volume, VOLUME_MAX);
	put_decoded(&volume, part);
	const struct span whole = buf_span(&volume);
	const uint8_t *const at =
	    whole.n == 0 ? NULL : memrchr(whole.p, '\\', whole.n);
	const struct span last =
	    at == NULL ? whole : span_skip(whole, (size_t)(at - whole.p) + 1);
	l->shadow = number_behind(last, "HarddiskVolumeShadowCopy");
	const bool known =
	    !volume.full && (l->shadow != 0 || (last.n == 2 && is_drive(last)));
	if (known)
		buf_put(&l->path, l->shadow != 0 ? whole : last);
	buf_reset(&volume);
	return known;
}

static void
put_rest(struct layout *l, const struct parts *parts, size_t from, bool coded)
{
	for (size_t i = from; i < parts->n; i++) {
		buf_byte(&l->path, '\\');
		if (coded)
			put_decoded(&l->path, parts->at[i]);
		else
			buf_put(&l->path, parts->at[i]);
	}
}

/* Returns the host in Collection-HOST-2024-05-01T... or
 * HOST-C.0123456789abcdef-F.CABC...; empty for other names. */
static struct span
velociraptor_host(struct span part)
{
	static const char before[] = "Collection-";
	const size_t k = sizeof(before) - 1;
	const char *const p = (const char *)part.p;
	const bool collection = part.n > k && strncasecmp(p, before, k) == 0;
	const size_t from = collection ? k : 0;

	for (size_t i = from + 1; i < part.n; i++) {
		if (collection
			? p[i] == '-' && logname_starts_like(p + i + 1, DATE)
			: strncasecmp(p + i, "-C.", 3) == 0 &&
			      memmem(p + i, part.n - i, "-F.", 3) != NULL)
			return span_of(p + from, i - from);
	}
	return span_of(NULL, 0);
}

/* True if the folder may be named after a computer. */
static bool
is_host(struct span s)
{
	static const char *const others[] = { "in", "out", "output", "kape",
		"tout", "tdest", "target", "targets", "collection", "triage",
		"evidence", "data", "files", "live", "logs", "root", "case",
		"image", "disk", "mnt", "tmp", "home" };
	bool letters = false;

	if (s.n == 0 || s.n > HOST_BYTES_MAX || !isalnum(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!isalnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
			return false;
		letters = letters || (s.p[i] < 0x80 && isalpha(s.p[i]) != 0);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		letters = letters && !is_text(s, others[i]);
	return letters;
}

static bool
is_archive(struct span part)
{
	return part.n > 1 && part.p[part.n - 1] == '!';
}

/* Find the host in the part before the volume, which is a folder or the name of
 * an archive. An archive named only after a host was made by CyLR, not by KAPE.
 */
static void
look_before(struct layout *l, struct span part)
{
	static const char *const ends[] = { ".zip!", ".7z!", ".tar!", ".tgz!",
		".tar.gz!" };
	struct span s = part;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const size_t n = strlen(ends[i]);
		if (s.n > n && is_text(span_of(s.p + s.n - n, n), ends[i]))
			s.n -= n;
	}
	const uint8_t *const at = logname_starts_like((const char *)s.p, DATE)
				      ? memchr(s.p, '_', s.n)
				      : NULL;
	if (at != NULL)
		s = span_skip(s, (size_t)(at - s.p) + 1);
	if (!is_host(s))
		return;
	l->host = s;
	if (is_archive(part) && at == NULL && l->shadow == 0)
		l->tool = LAYOUT_CYLR;
}

/* Read the volume and the shadow copy from VSS1/Windows/...,
 * VSS1/C/Windows/..., C/VSS1/Windows/... or C/Windows/... A part may be a
 * volume if a folder of Windows follows it, or if it is at the top of an
 * archive. */
static void
look_for_volume(struct layout *l, const struct parts *parts)
{
	const struct span *const at = parts->at;
	bool found = false;
	size_t i = parts->n;

	while (i > 0 && !found) {
		i--;
		found = i + 1 < parts->n &&
			(is_drive(at[i]) || number_behind(at[i], "VSS") != 0) &&
			(is_text(at[i + 1], "Windows") ||
			    is_text(at[i + 1], "WINNT") ||
			    (i != 0 && is_archive(at[i - 1])));
	}
	if (!found)
		return;
	if (i > 0 &&
	    (number_behind(at[i - 1], "VSS") != 0 ||
		(number_behind(at[i], "VSS") != 0 && is_drive(at[i - 1]))))
		i--;
	const size_t top = i;
	l->tool = LAYOUT_KAPE;
	for (; i + 1 < parts->n && i < top + 2; i++) {
		const unsigned shadow = number_behind(at[i], "VSS");
		if (shadow != 0 && l->shadow == 0) {
			l->shadow = shadow;
		} else if (is_drive(at[i]) && l->path.n == 0) {
			buf_byte(&l->path, at[i].p[0]);
			buf_byte(&l->path, ':');
		} else {
			break;
		}
	}
	put_rest(l, parts, i, false);
	if (top != 0)
		look_before(l, at[top - 1]);
}

/* Archives made on Windows may separate names by backslashes. Velociraptor's
 * folder `uploads` is looked for first, since it is more specific than a part
 * that looks like a volume. */
void
layout_init(struct layout *l, const char *name)
{
	struct parts parts = { .n = 0 };
	const struct span *const at = parts.at;

	memset(l, 0, sizeof(*l));
	buf_init(&l->path, LAYOUT_PATH_MAX);
	while (*name != '\0') {
		const size_t n = strcspn(name, "/\\");
		if (n != 0 && parts.n == PARTS_MAX)
			return;
		if (n != 0)
			parts.at[parts.n++] = span_of(name, n);
		name += name[n] == '\0' ? n : n + 1;
	}
	for (size_t i = parts.n; i-- > 0 && l->tool == LAYOUT_PLAIN;) {
		if (!is_text(at[i], "uploads") || i + 3 >= parts.n ||
		    !put_volume(l, at[i + 2]))
			continue;
		l->tool = LAYOUT_VELOCIRAPTOR;
		put_rest(l, &parts, i + 3, true);
		for (size_t k = i; k-- > 0 && l->host.n == 0;)
			l->host = velociraptor_host(at[k]);
	}
	if (l->tool == LAYOUT_PLAIN)
		look_for_volume(l, &parts);
	if (!l->path.full)
		return;
	layout_reset(l);
	memset(l, 0, sizeof(*l));
}

void
layout_reset(struct layout *l)
{
	buf_reset(&l->path);
}

const char *
layout_name(enum layout_tool tool)
{
	static const char *const names[] = {
		[LAYOUT_PLAIN] = NULL,
		[LAYOUT_VELOCIRAPTOR] = "velociraptor",
		[LAYOUT_KAPE] = "kape",
		[LAYOUT_CYLR] = "cylr",
	};

	return names[tool];
}
