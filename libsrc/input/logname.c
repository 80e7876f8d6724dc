/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "input/logname.h"

#define ARCHIVE "Archive-"
#define ARCHIVE_TIME "-dddd-dd-dd-dd-dd-dd-ddd"

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *const at =
	    c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* Replace each `code` by one character. */
static void
replace(char *name, const char *code, char by)
{
	const size_t n = strlen(code);
	char *p = name;

	while ((p = strcasestr(p, code)) != NULL) {
		*p++ = by;
		memmove(p, p + n - 1, strlen(p + n - 1) + 1);
	}
}

/* Decode percent-encoding, also twice, since a collector may have encoded the %
 * of Windows's %4. Letters are never encoded, so %4 is the / of a channel
 * whatever follows it. */
static void
decode(char *name)
{
	char *to = name;

	while (strstr(name, "%25") != NULL)
		replace(name, "%25", '%');
	replace(name, "%4", '/');
	for (const char *p = name; *p != '\0'; p++) {
		const int high = *p == '%' ? hex_digit(p[1]) : -1;
		const int low = high < 0 ? -1 : hex_digit(p[2]);
		*to = *p;
		if (low >= 0 && high * 16 + low >= ' ') {
			*to = (char)(high * 16 + low);
			p += 2;
		}
		to++;
	}
	*to = '\0';
}

/* Remove the ending of Security.evtx, Security.evtx.1, Security.evt, or any
 * other. */
static void
cut_ending(char *name)
{
	char *const end = strcasestr(name, ".evtx");
	char *const dot = strrchr(name, '.');

	if (end != NULL)
		*end = '\0';
	else if (dot != NULL)
		*dot = '\0';
}

static bool
is_time(const char *text)
{
	const char *const form = ARCHIVE_TIME;
	size_t i = 0;

	while (form[i] != '\0' &&
	       (form[i] == 'd' ? isdigit((unsigned char)text[i]) != 0
			       : text[i] == form[i]))
		i++;
	return form[i] == '\0' && text[i] == '\0';
}

static void
cut_archive(char *name)
{
	const size_t before = strlen(ARCHIVE);
	const size_t behind = strlen(ARCHIVE_TIME);
	const size_t n = strlen(name);

	if (n <= before + behind || strncasecmp(name, ARCHIVE, before) != 0 ||
	    !is_time(name + n - behind))
		return;
	memmove(name, name + before, n - before - behind);
	name[n - before - behind] = '\0';
}

void
logname_of(const char *source, char name[LOGNAME_MAX])
{
	const char *base = source;

	for (const char *p = source; *p != '\0'; p++) {
		if (*p == '/' || *p == '\\')
			base = p + 1;
	}
	name[0] = '\0';
	if (strlen(base) >= LOGNAME_MAX)
		return;
	memcpy(name, base, strlen(base) + 1);
	decode(name);
	cut_ending(name);
	cut_archive(name);
}

bool
logname_is_forwarded(const char *name)
{
	return strcasestr(name, LOGNAME_FORWARDED) != NULL;
}
