/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "input/logname.h"

#define ARCHIVE "Archive-"
#define ARCHIVE_TIME "-dddd-dd-dd-dd-dd-dd-ddd"

int
logname_percent(const char *p)
{
	int value = 0;

	if (p[0] != '%')
		return -1;
	for (int i = 1; i <= 2; i++) {
		const int c = tolower((unsigned char)p[i]);
		if (isxdigit(c) == 0)
			return -1;
		value = value * 16 + (isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return value;
}

bool
logname_starts_like(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++) {
		if (*form == 'd' ? isdigit((unsigned char)*text) == 0
				 : *text != *form)
			return false;
	}
	return true;
}

/* Decode percent-encoding, also if it was applied twice: a collector may have
 * encoded the % of Windows's %4. Letters are never encoded, so %4 is the / of a
 * channel whatever follows it. */
static void
decode(char *name)
{
	char *to = name;
	char *p;

	while ((p = strstr(name, "%25")) != NULL)
		memmove(p + 1, p + 3, strlen(p + 3) + 1);
	for (p = name; (p = strstr(p, "%4")) != NULL; p++) {
		*p = '/';
		memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
	for (p = name; *p != '\0'; p++) {
		const int c = logname_percent(p);
		*to = *p;
		if (c >= ' ') {
			*to = (char)c;
			p += 2;
		}
		to++;
	}
	*to = '\0';
}

/* The ending of Security.evtx, Security.evtx.1, Security.evt, or any other is
 * removed, and so is what Windows adds to the name of an archived log. */
void
logname_of(const char *source, char name[LOGNAME_MAX])
{
	const size_t before = strlen(ARCHIVE);
	const size_t behind = strlen(ARCHIVE_TIME);
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
	char *const end = strcasestr(name, ".evtx");
	char *const dot = end != NULL ? end : strrchr(name, '.');
	if (dot != NULL)
		*dot = '\0';
	const size_t n = strlen(name);
	if (n <= before + behind || strncasecmp(name, ARCHIVE, before) != 0 ||
	    !logname_starts_like(name + n - behind, ARCHIVE_TIME))
		return;
	memmove(name, name + before, n - before - behind);
	name[n - before - behind] = '\0';
}

bool
logname_is_forwarded(const char *name)
{
	return strcasestr(name, LOGNAME_FORWARDED) != NULL;
}
