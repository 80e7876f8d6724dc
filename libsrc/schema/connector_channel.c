/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/connector_channel.h"

bool
connector_channel_is(const struct value *channel)
{
	static const uint8_t security[] = { 'S', 0, 'e', 0, 'c', 0, 'u', 0, 'r',
		0, 'i', 0, 't', 0, 'y', 0 };
	const struct span applocker = SPAN("Microsoft-Windows-AppLocker/");

	if (channel == NULL)
		return false;
	/* The most frequent value, compared without the slow functions below.
	 */
	if (channel->type == VALUE_WSTRING && channel->n == sizeof(security) &&
	    memcmp(channel->p, security, sizeof(security)) == 0)
		return true;
	if (value_equals_nocase(channel, SPAN("Security")))
		return true;
	struct value start = *channel;
	const size_t n = applocker.n * (channel->type == VALUE_WSTRING ? 2 : 1);
	if (start.n <= n)
		return false;
	start.n = (uint32_t)n;
	return value_equals_nocase(&start, applocker);
}
