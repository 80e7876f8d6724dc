/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "http/url.h"

/* The host of a URL; an IPv6 address keeps its brackets. Empty if there is
 * none. */
static struct span
host_of(const char *url)
{
	const char *p = strstr(url, "://");
	size_t n;

	if (p == NULL)
		return span_of(NULL, 0);
	p += 3;
	n = *p == '[' ? strcspn(p, "]") + 1 : strcspn(p, ":/?#");
	return span_of(p, n <= strlen(p) ? n : 0);
}

/* True if the host is an IPv4 address that begins with the prefix. All four
 * numbers must be there: 127.evil.example is a name. */
static bool
is_ipv4(struct span host, struct span prefix)
{
	size_t dots = 0;

	if (!span_starts(host, prefix))
		return false;
	for (size_t i = 0; i < host.n; i++) {
		dots += host.p[i] == '.';
		if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
			return false;
	}
	return dots == 3 && host.p[host.n - 1] != '.';
}

/* True if a URL has no blanks, no control characters, and no user name, which
 * could disguise the real host. */
static bool
is_clean(const char *url)
{
	for (const char *p = url; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '@' || *p == '\\')
			return false;
	return true;
}

enum rc
url_check(const char *url, const char *what, bool *plain, struct err *e)
{
	const struct span host = host_of(url);
	const bool loopback = span_eq(host, SPAN("localhost")) ||
			      span_eq(host, SPAN("[::1]")) ||
			      is_ipv4(host, SPAN("127."));

	*plain = false;
	if (host.n == 0 || !is_clean(url))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is not a valid https URL: %.150s", what, url);
	if (strncmp(url, "https://", 8) == 0)
		return RC_OK;
	*plain = strncmp(url, "http://", 7) == 0 && loopback;
	if (*plain)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s must begin with https:// (plain http is for loopback "
	    "addresses only): %.150s",
	    what, url);
}

enum rc
url_check_local(const char *url, const char *what, struct err *e)
{
	bool plain = false;

	if (strncmp(url, "http://", 7) == 0 && is_clean(url) &&
	    is_ipv4(host_of(url), SPAN("169.254.")))
		return RC_OK;
	return url_check(url, what, &plain, e);
}

struct span
url_trim(const char *url)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	return span_of(url, n);
}
