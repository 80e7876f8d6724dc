/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "auth/cloud.h"
#include "auth/setting.h"
#include "http/http.h"
#include "http/url.h"

#define CHINA_QUERY "https://api.loganalytics.azure.cn"
#define EXCHANGE "api://AzureADTokenExchange"

static const struct cloud clouds[] = {
	{ CLOUD_PUBLIC, "https://monitor.azure.com",
	    "https://api.loganalytics.io", "https://api.loganalytics.azure.com",
	    EXCHANGE },
	{ "https://login.microsoftonline.us", "https://monitor.azure.us",
	    "https://api.loganalytics.us", "https://api.loganalytics.us",
	    EXCHANGE "USGov" },
	{ "https://login.chinacloudapi.cn", "https://monitor.azure.cn",
	    CHINA_QUERY, CHINA_QUERY, EXCHANGE "China" },
	{ "https://login.partner.microsoftonline.cn",
	    "https://monitor.azure.cn", CHINA_QUERY, CHINA_QUERY,
	    EXCHANGE "China" },
};

enum rc
cloud_find(const char *authority, char *address, size_t size,
    const struct cloud **out, struct err *e)
{
	const bool bare = strstr(authority, "://") == NULL;
	const char *const name = setting_name(AUTH_AUTHORITY);
	bool plain = false;

	const int n =
	    snprintf(address, size, "%s%s", bare ? "https://" : "", authority);
	if (n < 0 || (size_t)n >= size)
		return err_set(e, RC_FATAL, WHY_USAGE, "%s is too long", name);
	for (size_t end = strlen(address); end > 0 && address[end - 1] == '/';)
		address[--end] = '\0';
	*out = &clouds[0];
	for (size_t i = 0; i < sizeof(clouds) / sizeof(*clouds); i++)
		if (strcmp(clouds[i].authority, address) == 0)
			*out = &clouds[i];
	return url_check(address, name, &plain, e);
}
