/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "input/layout.h"
#include "util/num.h"

#define PARTS_MAX 128U
#define VOLUME_MAX 256U
#define HOST_BYTES_MAX 63U
#define SHADOW_MAX 10000U

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

static bool
starts(struct span s, const char *text)
{
	const size_t n = strlen(text);

	return s.n >= n && strncasecmp((const char *)s.p, text, n) == 0;
}

static struct span
behind(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

static bool
is_letter(uint8_t c)
{
	return isalpha(c) != 0 && c < 0x80;
}

/* Archives made on Windows may separate names by backslashes. */
static bool
split(struct parts *parts, const char *name)
{
	parts->n = 0;
	while (*name != '\0') {
		const size_t n = strcspn(name, "/\\");
		if (n != 0 && parts->n == PARTS_MAX)
			return false;
		if (n != 0)
			parts->at[parts->n++] = span_of(name, n);
		name += name[n] == '\0' ? n : n + 1;
	}
	return true;
}

static bool
is_archive(struct span part)
{
	return part.n > 1 && part.p[part.n - 1] == '!';
}

/* Decode percent-encoding: %41 becomes A; other characters stay. */
static void
put_decoded(struct buf *b, struct span s)
{
	while (s.n != 0) {
		unsigned value = 0;
		const bool coded = s.n >= 3 && s.p[0] == '%' &&
				   isxdigit(s.p[1]) && isxdigit(s.p[2]);
		for (size_t i = 1; coded && i <= 2; i++)
			value =
			    value * 16 +
			    (isdigit(s.p[i]) ? s.p[i] - (unsigned)'0'
					     : (s.p[i] | 0x20U) - 'a' + 10U);
		buf_byte(b, coded ? (uint8_t)value : s.p[0]);
		s = behind(s, coded ? 3 : 1);
	}
}

/* True for C or C: */
static bool
is_drive(struct span s)
{
	return (s.n == 1 || (s.n == 2 && s.p[1] == ':')) && is_letter(s.p[0]);
}

/* The number after a text at the beginning of s; 0 if s does not have this
 * form. */
static unsigned
number_behind(struct span s, const char *text)
{
	uint64_t n;

	if (!starts(s, text) || !num_parse_u64(behind(s, strlen(text)), &n) ||
	    n > SHADOW_MAX)
		return 0;
	return (unsigned)n;
}

/* The part after the last backslash, or all of it. */
static struct span
last_part(struct span s)
{
	const uint8_t *const at = memrchr(s.p, '\\', s.n);

	return at == NULL ? s : behind(s, (size_t)(at - s.p) + 1);
}

/* Begin the path with a volume in Velociraptor's notation; false if it is not
 * one. */
static bool
put_volume(struct layout *l, struct span part)
{
	struct buf volume;

	buf_init(&volume, VOLUME_MAX);
	put_decoded(&volume, part);
	const struct span whole = buf_span(&volume);
	const struct span last = whole.n == 0 ? whole : last_part(whole);
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

/* True for a time as collectors write it: 2024-05-01T... */
static bool
is_date(struct span s)
{
	static const char shape[] = "dddd-dd-ddT";

	if (s.n < sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == 'd' ? !isdigit(s.p[i])
				    : s.p[i] != (uint8_t)shape[i])
			return false;
	}
	return true;
}

/* The host in Collection-HOST-2024-05-01T... or
 * HOST-C.0123456789abcdef-F.CABC...; empty for other names. */
static struct span
velociraptor_host(struct span part)
{
	const bool collection = starts(part, "Collection-");
	const struct span s =
	    collection ? behind(part, sizeof("Collection-") - 1) : part;

	for (size_t i = 1; i < s.n; i++) {
		const struct span rest = behind(s, i);
		if (collection ? rest.p[0] == '-' && is_date(behind(rest, 1))
			       : starts(rest, "-C.") &&
				     memmem(rest.p, rest.n, "-F.", 3) != NULL)
			return span_of(s.p, i);
	}
	return span_of(NULL, 0);
}

static bool
is_velociraptor(struct layout *l, const struct parts *parts)
{
	for (size_t i = parts->n; i-- > 0;) {
		if (!is_text(parts->at[i], "uploads") || i + 3 >= parts->n ||
		    !put_volume(l, parts->at[i + 2]))
			continue;
		l->tool = LAYOUT_VELOCIRAPTOR;
		put_rest(l, parts, i + 3, true);
		for (size_t k = i; k-- > 0 && l->host.n == 0;)
			l->host = velociraptor_host(parts->at[k]);
		return true;
	}
	return false;
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
		letters = letters || is_letter(s.p[i]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		letters = letters && !is_text(s, others[i]);
	return letters;
}

/* The name of an archive without its ending. */
static struct span
stem(struct span s)
{
	static const char *const ends[] = { ".zip!", ".7z!", ".tar!", ".tgz!",
		".tar.gz!" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const size_t n = strlen(ends[i]);
		if (s.n > n && is_text(behind(s, s.n - n), ends[i]))
			return span_of(s.p, s.n - n);
	}
	return s;
}

/* Find the host in the parts before the volume, which also distinguish KAPE
 * from CyLR. */
static void
look_before(struct layout *l, struct span part)
{
	const bool archive = is_archive(part);
	struct span s = archive ? stem(part) : part;

	const uint8_t *const at = is_date(s) ? memchr(s.p, '_', s.n) : NULL;
	if (at != NULL)
		s = behind(s, (size_t)(at - s.p) + 1);
	if (!is_host(s))
		return;
	l->host = s;
	if (archive && at == NULL && l->shadow == 0)
		l->tool = LAYOUT_CYLR;
}

/* True if the part may be a volume: a folder of Windows follows it, or it is at
 * the top of an archive. */
static bool
is_volume(const struct parts *parts, size_t i)
{
	if (i + 1 >= parts->n || (!is_drive(parts->at[i]) &&
				     number_behind(parts->at[i], "VSS") == 0))
		return false;
	return is_text(parts->at[i + 1], "Windows") ||
	       is_text(parts->at[i + 1], "WINNT") ||
	       (i != 0 && is_archive(parts->at[i - 1]));
}

static bool
is_shadow(struct span part)
{
	return number_behind(part, "VSS") != 0;
}

/* Read the volume and the shadow copy of VSS1/Windows/..., VSS1/C/Windows/...,
 * C/VSS1/Windows/... or C/Windows/... */
static void
take_volume(struct layout *l, const struct parts *parts, size_t top)
{
	size_t at = top;

	l->tool = LAYOUT_KAPE;
	for (; at + 1 < parts->n && at < top + 2; at++) {
		const struct span part = parts->at[at];
		if (is_shadow(part) && l->shadow == 0) {
			l->shadow = number_behind(part, "VSS");
		} else if (is_drive(part) && l->path.n == 0) {
			buf_byte(&l->path, part.p[0]);
			buf_byte(&l->path, ':');
		} else {
			break;
		}
	}
	put_rest(l, parts, at, false);
	if (top != 0)
		look_before(l, parts->at[top - 1]);
}

static void
look_for_volume(struct layout *l, const struct parts *parts)
{
	size_t n = parts->n;

	while (n > 0 && !is_volume(parts, n - 1))
		n--;
	if (n > 1 &&
	    (is_shadow(parts->at[n - 2]) ||
		(is_shadow(parts->at[n - 1]) && is_drive(parts->at[n - 2]))))
		n--;
	if (n != 0)
		take_volume(l, parts, n - 1);
}

void
layout_init(struct layout *l, const char *name)
{
	struct parts parts;

	memset(l, 0, sizeof(*l));
	buf_init(&l->path, LAYOUT_PATH_MAX);
	if (!split(&parts, name))
		return;
	if (!is_velociraptor(l, &parts))
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
